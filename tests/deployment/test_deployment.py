"""Dockerfile and docker-compose.yml. No container engine runs here: they are parsed, and each service's command is
run by hand, with the service's own environment, against this test run's PostgreSQL."""

import base64
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request

import pytest
import yaml

from config import processes
from config.env import ROOT
from consumers import logos
from oauth.request import MOST_BYTES
from tests.cast import make_machine, make_tenant
from tests.servers import free_port, wait_until_it_can_be_told, wait_until_ready

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"].startswith("gatehouse:")}
DOMAIN = "auth.example.test"
DOCKERFILE = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text())
INSTRUCTIONS = [tuple(line.split(" ", 1)) for line in DOCKERFILE.splitlines() if re.match(r"[A-Z]+ ", line)]


def values(instruction):
    return [value for name, value in INSTRUCTIONS if name == instruction]


@pytest.fixture
def secrets(tmp_path):
    """deploy/secrets as deploy/make-secrets fills it, with the addresses of this test run's database."""
    shutil.copytree(ROOT / "deploy", tmp_path / "deploy", ignore=shutil.ignore_patterns("secrets"))
    subprocess.run([sys.executable, tmp_path / "deploy" / "make-secrets"], check=True)
    folder = tmp_path / "deploy" / "secrets"
    (folder / "database_url").write_text(os.environ["DATABASE_URL"] + "\n")
    (folder / "database_owner_url").write_text(os.environ["DATABASE_OWNER_URL"] + "\n")
    for name in ("GATEHOUSE_PEPPER", "GATEHOUSE_KEYRING"):
        (folder / name.removeprefix("GATEHOUSE_").lower()).write_text(os.environ[name])
    return folder


def environment_of(name, secrets):
    """What compose would set, and nothing of ours."""
    given = {"PATH": os.environ["PATH"], "HOME": str(secrets), "PYTHONPATH": str(ROOT)}
    for variable, value in SERVICES[name]["environment"].items():
        value = re.sub(r"\$\{GATEHOUSE_DOMAIN:\?[^}]+\}", DOMAIN, str(value))
        value = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", value)
        if value.startswith("/run/secrets/"):
            secret = value.removeprefix("/run/secrets/")
            assert secret in SERVICES[name]["secrets"]
            value = str(secrets / secret)
        given[variable] = value
    return given


def command_of(name):
    words = [word.replace("python ", f"{shlex.quote(sys.executable)} ") for word in SERVICES[name]["command"]]
    return [sys.executable if word == "python" else word for word in words]


def run(name, secrets):
    environment = environment_of(name, secrets)
    return subprocess.run(command_of(name), cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)


def test_the_services_are_those_of_the_design():
    assert set(SERVICES) == {"postgres", "migrate", "web1", "web2", "worker", "front"}
    assert SERVICES["web1"] == SERVICES["web2"]
    assert SERVICES["front"]["ports"] == ["80:80", "443:443"]
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["front"]


def test_every_image_has_a_version():
    images = [service["image"] for service in SERVICES.values()] + [value.split()[0] for value in values("FROM")]
    for image in images:
        assert re.fullmatch(r"[a-z]+:\d+\.\d+(\.\d+)?(-[a-z-]+)?", image), image
    assert SERVICES["postgres"]["image"].startswith("postgres:18")


def test_every_secret_is_a_file_that_make_secrets_writes_or_the_certificate(secrets):
    files = {path.name for path in secrets.iterdir()} | {"tls.crt", "tls.key"}
    assert set(COMPOSE["secrets"]) == files
    for name, place in COMPOSE["secrets"].items():
        assert place == {"file": f"./deploy/secrets/{name}"}
    used = {secret for service in SERVICES.values() for secret in service.get("secrets", [])}
    assert used == set(COMPOSE["secrets"])
    for service in SERVICES.values():
        for variable, value in service["environment"].items():
            if re.search("PASSWORD|SECRET|PEPPER|KEYRING|DATABASE_.*URL", variable):
                assert value.startswith("/run/secrets/")


def test_making_secrets_again_keeps_them(secrets):
    before = {path.name: path.read_text() for path in secrets.iterdir()}
    subprocess.run([sys.executable, secrets.parent / "make-secrets"], check=True)
    assert {path.name: path.read_text() for path in secrets.iterdir()} == before


def test_only_migrate_and_worker_know_the_owners_address():
    knowing = {name for name, service in SERVICES.items() if "database_owner_url" in service.get("secrets", [])}
    assert knowing == {"migrate", "worker"}


def test_our_containers_may_do_little():
    for service in OURS.values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]


def test_the_image_runs_as_nobody_special_from_pinned_packages_only():
    assert values("USER")[-1] == "10001"
    installs = [value for value in values("RUN") if "pip install" in value]
    assert len(installs) == 1
    assert "--require-hashes" in installs[0]
    assert "-r requirements/production.txt" in installs[0]
    assert "latest" not in DOCKERFILE
    assert values("CMD") == ['["python", "manage.py", "serve"]']


def test_the_image_holds_what_it_copies_and_nothing_for_development():
    kept = re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
    assert (ROOT / ".dockerignore").read_text().startswith("*\n")
    for path in kept:
        assert (ROOT / path).exists(), path
    assert not {"tests", ".local", "deploy", "deploy/secrets", "requirements/development.txt"} & set(kept)


def test_the_static_files_of_the_image_can_be_collected():
    (step,) = (value for value in values("RUN") if "collectstatic" in value)
    settings = dict(word.split("=", 1) for word in step.split("/venv")[0].split())
    environment = {"PATH": os.environ["PATH"], **settings}
    command = [sys.executable, "manage.py", "collectstatic", "--no-input", "--dry-run"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "static files" in done.stdout


def test_migrating_twice_changes_nothing(secrets, owner_connection):
    def schema():
        return owner_connection.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2"
        ).fetchall()

    before = schema()
    for _ in range(2):
        done = run("migrate", secrets)
        assert done.returncode == 0, done.stderr
        assert "No migrations to apply." in done.stdout
    assert schema() == before


def test_a_web_node_serves_and_refuses_wrong_credentials(secrets, owner_connection):
    acme = make_tenant()
    machine = make_machine(acme)
    port = str(free_port())
    environment = environment_of("web1", secrets) | {"GATEHOUSE_PORT": port, "GATEHOUSE_HOST": "127.0.0.1"}
    process = processes.start(command_of("web1"), environment)
    try:
        wait_until_ready(f"http://127.0.0.1:{port}", process, host=DOMAIN)
        check = [word.replace("python", sys.executable) for word in SERVICES["web1"]["healthcheck"]["test"][1:]]
        assert subprocess.run(check, cwd=ROOT, env=environment).returncode == 0

        def ask(secret, host=DOMAIN):
            login = base64.b64encode(f"{machine.key}:{secret}".encode()).decode()
            request = urllib.request.Request(
                f"http://127.0.0.1:{port}/t/{acme.slug}/oauth/token",
                data=urllib.parse.urlencode({"grant_type": "client_credentials"}).encode(),
                headers={"Host": host, "Authorization": f"Basic {login}"},
            )
            try:
                with urllib.request.urlopen(request) as answer:
                    return answer.status
            except urllib.error.HTTPError as refused:
                with refused:
                    return refused.code

        def tokens():
            query = "SELECT count(*) FROM authorizations_accesstoken WHERE tenant_id = %s"
            return owner_connection.execute(query, [acme.pk]).fetchone()[0]

        assert ask("wrong") == 401
        assert tokens() == 0
        assert ask(machine.secret) == 200
        assert tokens() == 1
    finally:
        processes.stop(process, 15)
    assert process.returncode == 0
    assert subprocess.run(check, cwd=ROOT, env=environment).returncode == 1


def test_the_deploy_checks_have_nothing_to_say(secrets):
    mail = {"GATEHOUSE_EMAIL_URL": "smtp+tls://user:password@mail.example:587"}
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env=environment_of("web1", secrets) | mail,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_worker_starts_and_stops_when_told(secrets):
    process = subprocess.Popen(
        command_of("worker"), cwd=ROOT, env=environment_of("worker", secrets), stderr=subprocess.PIPE, text=True
    )
    wait_until_it_can_be_told(process)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=20)
    assert process.returncode == 0, said
    assert "Traceback" not in said


@pytest.mark.rfc("6749", "3.2", "HT-25")
def test_the_front_hands_over_whole_requests_to_both_nodes_and_overwrites_what_callers_claim():
    front = (ROOT / "deploy" / "nginx" / "gatehouse.conf.template").read_text()
    assert set(re.findall(r"server (\w+):(\d+)", front)) == {("web1", "8000"), ("web2", "8000")}
    for line in (
        "proxy_request_buffering on;",
        "proxy_buffering on;",
        "proxy_set_header X-Forwarded-For $remote_addr;",
        "proxy_set_header Host $host;",
        "ssl_protocols TLSv1.2 TLSv1.3;",
    ):
        assert f"        {line}\n" in front or f"    {line}\n" in front
    assert "non_idempotent" not in front
    logged = front.split("log_format")[1].split(";")[0]
    assert "$request_uri" not in logged
    assert "$uri" not in logged
    opens = re.compile(re.search(r'"~(\^.*)" "\$beginning-"', front)[1].replace("?<", "?P<", 1))
    for path in (
        "/t/acme/join/KEY/",
        "/t/acme/settings/x/7/credentials/KEY/",
        "/accounts/password/reset/key/KEY/",
        "/accounts/sign-in/KEY/",
    ):
        assert "KEY" not in opens.match(path)["beginning"]
    assert not opens.match("/t/acme/oauth/token")
    assert 'if ($request_method !~ "^(GET|HEAD)$") { return 403; }' in front.split("listen 443")[0]
    mounted = [volume.split(":")[0] for name in ("front", "postgres") for volume in SERVICES[name]["volumes"]]
    assert [path for path in mounted if path.startswith("./") and not (ROOT / path).exists()] == []


def test_the_front_lets_through_the_largest_logo_and_the_longest_answer():
    front = (ROOT / "deploy" / "nginx" / "gatehouse.conf.template").read_text()
    sizes = dict(re.findall(r"(client_max_body_size|proxy_buffer_size) (\d+[km]);", front))
    units = {"k": 1024, "m": 1024 * 1024}
    largest = {name: int(size[:-1]) * units[size[-1]] for name, size in sizes.items()}
    assert largest["client_max_body_size"] > logos.LARGEST + MOST_BYTES
    # Each byte of a state may come back as three: %XX.
    assert largest["proxy_buffer_size"] > 3 * MOST_BYTES


def test_the_databases_roles_are_weak():
    script = (ROOT / "deploy" / "postgres" / "roles.sh").read_text()
    roles = re.findall(r"CREATE ROLE (\w+) (.+) PASSWORD", script)
    assert dict(roles) == dict.fromkeys(
        ("gatehouse_owner", "gatehouse_app"), "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS"
    )
