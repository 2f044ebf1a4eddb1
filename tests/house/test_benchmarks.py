"""make bench runs: it writes straight into the tables, and must notice when these change."""

import re
import subprocess
import sys

import pytest

from config import env

WIRE = ("client_credentials, opaque", "client_credentials, JWT (ES256)", "introspection")
PEOPLE = ("code → tokens, PKCE", "refresh with rotation")
LISTS = ("OAuth consumers", "App authorizations", "Permission groups", "Members", "Transactions log")


@pytest.mark.parametrize(
    ("options", "cases"),
    [
        ([], (*WIRE, *PEOPLE, *(f"list: {name}" for name in LISTS))),
        (["--sizes"], WIRE * 3),
    ],
)
def test_it_measures_everything_and_nothing_is_refused(options, cases):
    command = [sys.executable, "-m", "benchmarks", "--quick", *options]
    done = subprocess.run(command, cwd=env.ROOT, capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, done.stderr
    # Budget, µs, app, PG, requests a second, p50, p95, p99, refused.
    row = re.compile(r"^(\S.*?) {2,}\d* +~? *(\d+) +\d+ +\d+ +\d+ +[\d.]+ +[\d.]+ +[\d.]+ +(\d+) ", re.MULTILINE)
    found = row.findall(done.stdout)
    assert sorted(name for name, _, _ in found if name in cases) == sorted(cases), done.stdout
    assert {refused for _, _, refused in found} == {"0"}, done.stdout
