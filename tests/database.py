"""The PostgreSQL of a test run: one throw-away cluster, migrated once, cloned for every worker.

Set DATABASE_OWNER_URL (and DATABASE_URL for the application role) to use a server of your own; its owner needs
CREATEDB. Tests commit what they write; the databases go when the run ends.
"""

import ast
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

import psycopg
from psycopg import sql

from config import database, env
from config.embedded_postgres import EmbeddedPostgres

CACHE = env.LOCAL / "test-clusters"
APPS = ("tenants", "accounts", "permissions", "consumers", "authorizations", "oauth", "config")
PREFIX = "gatehouse-tests-"
SHARED = "GATEHOUSE_TEST_DATABASES"


@dataclass(frozen=True)
class Databases:
    """Where this run's databases are: `creator` may create and drop them, the others are the two roles."""

    creator: str
    owner: str
    application: str
    prefix: str

    @property
    def template(self) -> str:
        return f"{self.prefix}_template"

    def urls(self, name: str) -> dict[str, str]:
        return {"DATABASE_OWNER_URL": at(self.owner, name), "DATABASE_URL": at(self.application, name)}

    def clone(self, worker: str) -> dict[str, str]:
        name = f"{self.prefix}_{worker}"
        self.create(name, self.template)
        return self.urls(name)

    def create(self, name: str, template: str) -> None:
        with psycopg.connect(self.creator, autocommit=True) as connection:
            names = [sql.Identifier(part) for part in (name, database.parse(self.owner)["user"], template)]
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(names[0]))
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(*names))

    def drop_all(self) -> None:
        with psycopg.connect(self.creator, autocommit=True) as connection:
            query = "SELECT datname FROM pg_database WHERE starts_with(datname, %s)"
            for (name,) in connection.execute(query, [f"{self.prefix}_"]).fetchall():
                connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def migrate(self) -> None:
        environment = {**os.environ, **self.urls(self.template), "GATEHOUSE_DATABASE_ROLE": "owner"}
        for command in (["prepare_database"], ["migrate", "--skip-checks"]):
            manage = [sys.executable, str(env.ROOT / "manage.py"), *command, "--verbosity", "0"]
            done = subprocess.run(manage, env=environment, capture_output=True, text=True)
            if done.returncode:
                raise RuntimeError(f"manage.py {command[0]} failed:\n{done.stdout}{done.stderr}")


class OwnCluster:
    """A PostgreSQL that lives as long as the test run."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=scratch()))
        self.server = EmbeddedPostgres(self.folder, forgetful=True)
        roles = ("postgres", database.OWNER, database.APPLICATION)
        host = quote(str(self.server.socket_folder), safe="")
        self.databases = Databases(*(f"postgresql://{role}@/postgres?host={host}" for role in roles), "gatehouse")

    def start(self) -> Databases:
        remembered = CACHE / fingerprint()
        if remembered.exists():
            shutil.copytree(remembered, self.server.cluster)
        else:
            self.server.start()
            database.prepare_cluster(self.databases.creator, self.databases.template)
            self.databases.migrate()
            self.server.stop()
            remember(self.server.cluster, remembered)
        self.server.start()
        return self.databases

    def stop(self) -> None:
        self.server.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.rmtree(self.server.socket_folder, ignore_errors=True)


class GivenServer:
    """The server DATABASE_OWNER_URL or DATABASE_URL names."""

    def __init__(self, owner: str, application: str) -> None:
        self.databases = Databases(owner, owner, application, f"gatehouse_test_{os.getpid()}")

    def start(self) -> Databases:
        self.databases.create(self.databases.template, "template0")
        self.databases.migrate()
        return self.databases

    def stop(self) -> None:
        self.databases.drop_all()


def server() -> OwnCluster | GivenServer:
    application, owner = os.environ.get("DATABASE_URL", ""), os.environ.get("DATABASE_OWNER_URL", "")
    if application or owner:
        return GivenServer(owner or application, application or owner)
    return OwnCluster()


def share(databases: Databases) -> None:
    """With the workers, through the environment they inherit."""
    os.environ[SHARED] = json.dumps(asdict(databases))


def shared() -> Databases:
    return Databases(**json.loads(os.environ[SHARED]))


def scratch() -> str:
    """GATEHOUSE_TEST_SCRATCH, or memory if there is some; without what earlier runs left when they were killed."""
    memory = Path("/dev/shm")
    roomy = os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 2**30
    folder = Path(os.environ.get("GATEHOUSE_TEST_SCRATCH") or (memory if roomy else tempfile.gettempdir()))
    for left in folder.glob(f"{PREFIX}*"):
        lock = left / "lock"
        if left.stat().st_uid == os.geteuid() and lock.exists() and is_free(lock):
            shutil.rmtree(left, ignore_errors=True)
    return str(folder)


def is_free(lock: Path) -> bool:
    with lock.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
    return True


def fingerprint() -> str:
    """Of everything that decides what a migrated database looks like."""
    digest = hashlib.sha256()
    migrations = sorted(path for app in APPS for path in (env.ROOT / app).glob("migrations/*.py"))
    models = sorted(path for app in APPS for path in (env.ROOT / app).glob("models*/**/*.py"))
    models += sorted(path for app in APPS for path in (env.ROOT / app).glob("models.py"))
    imported = sorted({path for migration in migrations for path in imports(migration)})
    names = ("requirements/development.txt", "config/database.py", "config/embedded_postgres.py")
    fixed = [env.ROOT / name for name in names]
    for path in (*migrations, *models, *imported, *fixed):
        digest.update(f"{path.relative_to(env.ROOT)}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:24]


def imports(migration: Path) -> set[Path]:
    """Our own modules a migration takes names from."""
    found = set()
    for node in ast.walk(ast.parse(migration.read_text(encoding="utf-8"))):
        modules = [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
        modules += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        for module in modules:
            path = env.ROOT / f"{module.replace('.', '/')}.py"
            if module.split(".")[0] in APPS and path.exists():
                found.add(path)
    return found


def remember(cluster: Path, place: Path) -> None:
    CACHE.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(dir=CACHE)) / "cluster"
    shutil.copytree(cluster, draft)
    if not place.exists():
        draft.rename(place)
    shutil.rmtree(draft.parent, ignore_errors=True)
    for old in sorted(CACHE.iterdir(), key=lambda path: path.stat().st_mtime)[:-4]:
        shutil.rmtree(old, ignore_errors=True)


def at(url: str, name: str) -> str:
    return urlsplit(url)._replace(path=f"/{name}").geturl()
