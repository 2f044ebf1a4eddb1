"""manage.py up, as make run calls it: one sentence when something is wrong, nothing left when it ends."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import pytest

from config.env import ROOT
from tests.servers import free_port

ANSWER_SECONDS = 90


@pytest.fixture
def machine():
    """An environment without what this test run set, and a data folder of its own."""
    folder = Path(tempfile.mkdtemp(prefix="gh up "))
    ours = ("GATEHOUSE_", "DATABASE_", "PYTEST_", "DJANGO_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    port = str(free_port())
    yield environment | {
        "GATEHOUSE_DATA": str(folder),
        "GATEHOUSE_PORT": port,
        "GATEHOUSE_WORKERS": "1",
        "GATEHOUSE_BASE_URL": f"http://127.0.0.1:{port}",
    }
    shutil.rmtree(folder, ignore_errors=True)


def command(environment):
    return [sys.executable, "manage.py", "up", "--demo-file", f"{environment['GATEHOUSE_DATA']}/demo.json"]


def launch(environment):
    return subprocess.Popen(
        command(environment),
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def read_until(process, beginning):
    said = []
    for line in process.stdout:
        said.append(line)
        if line.strip().startswith(beginning):
            return "".join(said)
    raise AssertionError("".join(said))


def refused(environment):
    done = subprocess.run(command(environment), cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0
    assert "Traceback" not in done.stdout + done.stderr
    return done.stderr.strip()


def children_of(folder):
    """Whatever still runs with this data folder in its command or its environment."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
        except OSError:
            continue
        if str(folder).encode() in words:
            found.append(int(process.name))
    return found


def wait_until_gone(folder):
    deadline = time.monotonic() + 20
    while children_of(folder) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert children_of(folder) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_says_how_to_stop_and_leaves_nothing_behind(machine, number):
    process = launch(machine)
    try:
        said = read_until(process, "Stop")
        assert f"Open      {machine['GATEHOUSE_BASE_URL']}/" in said
        assert f"Stop      kill {process.pid}\n" in said
        with urllib.request.urlopen(f"{machine['GATEHOUSE_BASE_URL']}/readyz") as answer:
            assert json.load(answer) == {"status": "ready"}
        (curl,) = (line for line in said.splitlines() if line.startswith("curl "))
        named = set(re.findall(r"make (example-\S+)", said))
        assert named == set(re.findall(r"^(example-[\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
        token = subprocess.run(["sh", "-c", curl], capture_output=True, text=True).stdout
        assert json.loads(token)["token_type"] == "Bearer"
    finally:
        process.send_signal(number)
        rest, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert rest.strip().endswith("Stopped.")
    wait_until_gone(machine["GATEHOUSE_DATA"])


def test_killed_outright_it_takes_everything_along_and_starts_again(machine):
    process = launch(machine)
    read_until(process, "Stop")
    process.kill()
    process.communicate()
    wait_until_gone(machine["GATEHOUSE_DATA"])
    again = launch(machine)
    read_until(again, "Stop")
    again.terminate()
    again.communicate(timeout=60)
    assert again.returncode == 0


def test_a_database_that_dies_comes_back_by_itself(machine):
    process = launch(machine)
    try:
        read_until(process, "Stop")
        marker = Path(machine["GATEHOUSE_DATA"]) / "postgres" / "postmaster.pid"
        os.kill(int(marker.read_text().splitlines()[0]), signal.SIGKILL)
        deadline = time.monotonic() + 20
        while not is_ready(machine) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert is_ready(machine)
    finally:
        process.terminate()
        said, _ = process.communicate(timeout=60)
    assert "PostgreSQL went away; starting it again." in said


def is_ready(machine):
    try:
        with urllib.request.urlopen(f"{machine['GATEHOUSE_BASE_URL']}/readyz", timeout=10) as answer:
            return answer.status == 200
    except OSError:
        return False


def test_a_busy_port_is_one_sentence(machine):
    port = int(machine["GATEHOUSE_PORT"])
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        assert refused(machine) == (
            f"CommandError: Port {port} is busy; stop what listens there, "
            f"or choose another: GATEHOUSE_PORT={port + 1} make run"
        )


def test_a_data_folder_that_is_in_use_is_one_sentence(machine):
    first = launch(machine)
    try:
        read_until(first, "Stop")
        sentence = refused(machine | {"GATEHOUSE_PORT": str(free_port())})
    finally:
        first.terminate()
        first.communicate(timeout=60)
    assert sentence == (
        f"CommandError: The data folder {machine['GATEHOUSE_DATA']} is in use by another Gatehouse "
        f"(process {first.pid}); stop that one, or choose another folder with GATEHOUSE_DATA."
    )


def test_an_old_data_folder_is_one_sentence(machine):
    cluster = Path(machine["GATEHOUSE_DATA"]) / "postgres"
    cluster.mkdir()
    (cluster / "PG_VERSION").write_text("15\n")
    assert refused(machine).startswith(
        f"CommandError: The data folder {cluster.parent} was made by PostgreSQL 15, this Gatehouse brings 18: "
    )


def test_a_database_that_can_not_be_reached_is_one_sentence(machine):
    address = f"postgresql://nobody@127.0.0.1:{free_port()}/gatehouse"
    assert refused(machine | {"DATABASE_URL": address}).startswith("CommandError: The database can't be used: ")


def test_a_choice_that_makes_no_sense_is_one_sentence(machine):
    assert "GATEHOUSE_PORT must be a whole number of at least 0, not 'http'." in refused(
        machine | {"GATEHOUSE_PORT": "http"}
    )
