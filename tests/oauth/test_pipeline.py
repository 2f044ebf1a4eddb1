"""The table in pipeline's docstring is the wiring."""

from oauth import pipeline
from oauth.endpoints import metadata


def table():
    lines = [line.strip().strip("|") for line in pipeline.__doc__.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.split("|")] for line in lines]
    head, rows = cells[0][1:], cells[2:]
    return {name: [row[0].split()[1] for row in rows if row[1 + number] == "yes"] for number, name in enumerate(head)}


def test_the_picture_is_the_wiring():
    wired = {name: [step.__name__ for step in steps] for name, steps in pipeline.ENDPOINTS.items()}
    assert table() == wired


def test_every_endpoint_answers_in_the_end():
    for name, steps in pipeline.ENDPOINTS.items():
        assert steps[-1].__module__ == f"oauth.endpoints.{name.removesuffix('_authorization')}"


def test_every_endpoint_and_grant_advertises_itself():
    named = {name for feature in metadata.FEATURES for name in feature.metadata("i")}
    assert {
        "token_endpoint",
        "introspection_endpoint",
        "revocation_endpoint",
        "jwks_uri",
        "grant_types_supported",
    } <= named
