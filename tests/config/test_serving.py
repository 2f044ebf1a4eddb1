"""config.serving: a real node."""

import json
import urllib.error
import urllib.request

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
        try:
            urllib.request.urlopen(f"{base_url}/readyz")
        except urllib.error.HTTPError as refused:
            with refused:
                assert refused.code == 503
                assert refused.headers["Retry-After"] == "2"
                assert json.load(refused) == {"status": "database unavailable"}
        else:
            raise AssertionError("readyz answered 200 without a database")
