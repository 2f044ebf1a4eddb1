"""config.serving: a real node."""

import json
import urllib.error
import urllib.request

import pytest

from tests.servers import start_server


def test_a_node_says_that_it_lives_and_that_it_can_serve():
    with start_server() as base_url:
        for path, status in (("healthz", "alive"), ("readyz", "ready")):
            with urllib.request.urlopen(f"{base_url}/{path}") as answer:
                assert json.load(answer) == {"status": status}


def test_a_node_without_its_database_lives_but_is_not_ready():
    nowhere = "postgresql://gatehouse_app@/gatehouse?host=/nowhere"
    with start_server(environment={"DATABASE_URL": nowhere, "DATABASE_OWNER_URL": nowhere}) as base_url:
        with urllib.request.urlopen(f"{base_url}/healthz") as answer:
            assert json.load(answer) == {"status": "alive"}
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"{base_url}/readyz")
        with refused.value as answer:
            assert (answer.code, answer.headers["Retry-After"]) == (503, "2")
            assert json.load(answer) == {"status": "database unavailable"}
