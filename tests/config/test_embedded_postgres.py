"""config.embedded_postgres: survives being killed, keeps to its folder, says what is wrong in one sentence."""

import errno
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg
import pytest

from config import embedded_postgres
from config.database import superuser_conninfo
from config.embedded_postgres import EmbeddedPostgres, EmbeddedPostgresError, socket_folder
from config.env import ROOT


@pytest.fixture
def folder():
    """Short, as a socket's path must be; pytest's own are long."""
    path = Path(tempfile.mkdtemp(prefix="gh-"))
    yield path
    shutil.rmtree(path)


@pytest.fixture
def postgres(folder):
    server = EmbeddedPostgres(folder)
    server.start()
    yield server
    server.stop()


def ask(server, query):
    with psycopg.connect(superuser_conninfo(server.socket_folder), autocommit=True) as connection:
        cursor = connection.execute(query)
        return cursor.fetchall() if cursor.description else None


def postmaster(server):
    return int((server.cluster / "postmaster.pid").read_text().splitlines()[0])


def is_alive(pid):
    stat_file = Path(f"/proc/{pid}/stat")
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return not stat_file.exists() or stat_file.read_text().rpartition(")")[2].split()[0] != "Z"


def wait_until(condition, seconds=15):
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert condition()


def test_it_listens_on_a_private_socket_only_and_writes_durably(postgres):
    shown = ask(
        postgres,
        "SELECT current_setting('listen_addresses'), current_setting('fsync'), current_setting('synchronous_commit'),"
        " current_setting('full_page_writes'), current_setting('data_checksums'),"
        " current_setting('server_version_num')",
    )
    assert shown[0][:5] == ("", "on", "on", "on", "on")
    assert shown[0][5].startswith(embedded_postgres.MAJOR)
    for private in (postgres.socket_folder, postgres.cluster):
        assert stat.S_IMODE(private.stat().st_mode) == 0o700


def test_rows_committed_before_a_kill_of_the_whole_server_are_there_after_the_next_start(postgres):
    ask(postgres, "CREATE TABLE kept (n int)")
    for n in range(50):
        ask(postgres, f"INSERT INTO kept VALUES ({n})")
    os.killpg(postgres.process.pid, signal.SIGKILL)
    wait_until(lambda: not postgres.is_running())
    postgres.start()
    assert ask(postgres, "SELECT count(*), sum(n) FROM kept") == [(50, 1225)]


def test_a_killed_postmaster_alone_is_followed_by_a_clean_start(postgres):
    ask(postgres, "CREATE TABLE kept AS SELECT 1 AS n")
    os.kill(postmaster(postgres), signal.SIGKILL)
    wait_until(lambda: not postgres.is_running())
    postgres.start()
    assert ask(postgres, "SELECT n FROM kept") == [(1,)]


SUPERVISOR = """
import sys, time
from pathlib import Path
from config.embedded_postgres import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]))
server.start()
print("ready", flush=True)
time.sleep(600)
"""


def test_a_killed_supervisor_takes_its_server_along_and_the_next_one_starts(folder):
    supervisor = subprocess.Popen(
        [sys.executable, "-c", SUPERVISOR, str(folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert supervisor.stdout.readline() == "ready\n"
    successor = EmbeddedPostgres(folder)
    ask(successor, "CREATE TABLE kept AS SELECT 1 AS n")
    pid = postmaster(successor)
    supervisor.kill()
    supervisor.wait()
    supervisor.stdout.close()
    successor.start()
    try:
        assert ask(successor, "SELECT n FROM kept") == [(1,)]
        assert postmaster(successor) != pid
        assert not is_alive(pid)
    finally:
        successor.stop()


def test_a_server_whose_supervisor_left_it_behind_is_ended_first(postgres):
    """As on systems without a parent-death signal."""
    ask(postgres, "CREATE TABLE kept AS SELECT 1 AS n")
    orphan = postgres.process
    postgres.lock.close()
    successor = EmbeddedPostgres(postgres.data_folder)
    successor.start()
    try:
        assert orphan.wait(15) == 0
        assert ask(successor, "SELECT n FROM kept") == [(1,)]
    finally:
        successor.stop()


def test_stopping_leaves_no_process_and_no_socket(folder):
    server = EmbeddedPostgres(folder)
    server.start()
    group = server.process.pid
    server.stop()
    assert not is_alive(group)
    assert list(server.socket_folder.iterdir()) == []
    assert not (server.cluster / "postmaster.pid").exists()


def test_a_second_supervisor_of_one_folder_is_told_who_holds_it(postgres):
    with pytest.raises(EmbeddedPostgresError) as refused:
        EmbeddedPostgres(postgres.data_folder).start()
    assert str(refused.value) == (
        f"The data folder {postgres.data_folder} is in use by another Gatehouse (process {os.getpid()}); "
        "stop that one, or choose another folder with GATEHOUSE_DATA."
    )
    assert ask(postgres, "SELECT 1") == [(1,)]


def test_a_folder_of_another_major_version_is_left_alone(folder):
    (folder / "postgres").mkdir()
    (folder / "postgres" / "PG_VERSION").write_text("16\n")
    with pytest.raises(EmbeddedPostgresError) as refused:
        EmbeddedPostgres(folder).start()
    assert str(refused.value) == (
        f"The data folder {folder} was made by PostgreSQL 16, this Gatehouse brings 18: "
        "move it away to start afresh, or dump it with the Gatehouse that made it and restore it here."
    )
    assert [path.name for path in (folder / "postgres").iterdir()] == ["PG_VERSION"]


def test_a_first_start_that_was_cut_short_is_begun_again(folder):
    (folder / "postgres.new").mkdir()
    (folder / "postgres.new" / "PG_VERSION").write_text("18\n")
    server = EmbeddedPostgres(folder)
    server.start()
    try:
        assert ask(server, "SELECT 1") == [(1,)]
        assert not (folder / "postgres.new").exists()
    finally:
        server.stop()


def test_a_path_too_long_for_a_socket_gets_a_short_private_folder(folder):
    deep = folder / ("deep" * 30)
    server = EmbeddedPostgres(deep)
    server.start()
    try:
        assert re.fullmatch(rf"/tmp/gatehouse-{os.geteuid()}-[0-9a-f]{{16}}", str(server.socket_folder))
        assert stat.S_IMODE(server.socket_folder.stat().st_mode) == 0o700
        assert ask(server, "SELECT 1") == [(1,)]
    finally:
        server.stop()
        shutil.rmtree(server.socket_folder)


def test_a_path_with_spaces_quotes_and_commas_works(folder):
    server = EmbeddedPostgres(folder / "it's, \\odd")
    server.start()
    try:
        assert ask(server, "SELECT 1") == [(1,)]
    finally:
        server.stop()
        shutil.rmtree(server.socket_folder)


def test_somebody_elses_socket_folder_is_refused(folder, monkeypatch):
    deep = folder / ("deep" * 30)
    place = socket_folder(deep)
    place.symlink_to(folder)
    try:
        with pytest.raises(EmbeddedPostgresError, match="belongs to somebody else"):
            EmbeddedPostgres(deep).start()
    finally:
        place.unlink()


def test_a_full_disk_is_one_sentence(folder, monkeypatch):
    usage = shutil._ntuple_diskusage(10**9, 10**9 - 10**6, 10**6)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    with pytest.raises(EmbeddedPostgresError) as refused:
        EmbeddedPostgres(folder).start()
    assert str(refused.value) == f"The disk that holds {folder} is almost full: 0 MB free, 256 MB needed."


def test_a_write_the_disk_refuses_is_one_sentence(folder, monkeypatch):
    def full(path, data):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(EmbeddedPostgresError) as refused:
        EmbeddedPostgres(folder).start()
    assert str(refused.value) == f"The disk that holds {folder} is full."


def test_a_folder_that_is_a_file_is_one_sentence(folder):
    place = folder / "file"
    place.write_text("not a folder")
    with pytest.raises(EmbeddedPostgresError) as refused:
        EmbeddedPostgres(place).start()
    assert str(refused.value) == f"The data folder {place} can't be written to: File exists."


def test_what_postgres_says_is_told_in_one_sentence(folder):
    server = EmbeddedPostgres(folder)
    server.settings["shared_buffers"] = "no size"
    with pytest.raises(EmbeddedPostgresError) as refused:
        server.start()
    server.stop()
    assert str(refused.value) == (
        f'PostgreSQL did not start in {folder}: invalid value for parameter "shared_buffers": "no size"'
    )


@pytest.mark.skipif(os.geteuid() != 0, reason="only root steps down")
def test_where_namespaces_are_forbidden_root_steps_down_to_an_ordinary_account(folder, monkeypatch):
    embedded_postgres.identity.cache_clear()
    monkeypatch.setattr(embedded_postgres, "namespaces_work", lambda account: False)
    folder.chmod(0o700)
    server = EmbeddedPostgres(folder)
    try:
        server.start()
        assert ask(server, "SELECT 1") == [(1,)]
        status = Path(f"/proc/{postmaster(server)}/status").read_text()
        assert not re.search(r"^Uid:\s+0\s", status, re.MULTILINE)
        assert folder.stat().st_uid == 0
    finally:
        server.stop()
        embedded_postgres.identity.cache_clear()
