"""Whatever is sent, the answer is one of those described, in the one shape of an error."""

import json
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.caller import manager_of
from tests.authorizations.rows import row_of

MODEST = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
text = st.text(max_size=90)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | text
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4))
names = st.sampled_from(
    ["name", "description", "permission_groups", "scopes", "is_read_only", "token_format", "access_token_seconds",
     "token_endpoint_auth_method", "default_scopes", "grant_type", "expires_at"]
)  # fmt: skip
bodies = st.dictionaries(names | text, values, max_size=6) | values
queries = st.dictionaries(
    st.sampled_from(
        ["limit", "offset", "ordering", "q", "state", "consumer", "used", "grant_type", "permission_group", "client_id"]
    ),
    text | st.integers().map(str),
    max_size=4,
)
addresses = st.sampled_from(
    ["consumers", "permission-groups", "authorizations", "consumers/{consumer}", "permission-groups/{group}",
     "consumers/{consumer}/secrets", "authorizations/{authorization}", "consumers/{consumer}/suspension",
     "consumers/{consumer}/secrets/1", "consumers/0/authorizations"]
)  # fmt: skip


@pytest.fixture(scope="module")
def caller():
    """A caller that may do everything, and knows one of each to do it to: never itself."""
    from tests import cast

    caller = manager_of(cast.make_acme())
    group = cast.make_group(caller.company.tenant, "assets:view")
    machine = cast.make_machine(caller.company.tenant, groups=[group])
    caller.known = {"consumer": machine.consumer.pk, "group": group.pk, "authorization": row_of(machine).pk}
    return caller


def is_well_told(answer):
    assert answer.status_code < 500, answer.content
    assert answer["Cache-Control"] == "no-store"
    if answer.status_code >= 400:
        body = answer.json()
        assert body.keys() <= {"error", "error_description", "fields"}
        assert isinstance(body["error"], str)
        assert isinstance(body["error_description"], str)


@MODEST
@given(method=st.sampled_from(["POST", "PATCH", "PUT", "GET"]), address=addresses, body=bodies)
def test_any_json(caller, method, address, body):
    is_well_told(caller(method, address.format(**caller.known), body))


@MODEST
@given(address=addresses, raw=st.binary(max_size=200), kind=st.sampled_from(["application/json", "text/xml", "a/b;c"]))
def test_any_bytes(caller, address, raw, kind):
    is_well_told(
        caller.raw(
            "POST", address.format(**caller.known), raw, {"Authorization": f"Bearer {caller.token}"}, content_type=kind
        )
    )


@MODEST
@given(address=addresses, query=queries)
def test_any_query(caller, address, query):
    safe = {name: value.encode("utf-8", "surrogatepass") for name, value in query.items()}
    is_well_told(caller.get(f"{address.format(**caller.known)}?{urlencode(safe)}"))


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"[" * 60_000, 400),
        (b'{"name": "\\ud800", "scopes": []}', 400),
        (b'{"\\ud800": 1}', 400),
        (b'{"name": NaN}', 400),
        (b"9" * 5_000, 400),
        (b"\xff\xfe", 400),
        (b"", 400),
        (b"null", 400),
        (b"[]", 400),
        (b'{"name": "' + b"x" * 70_000 + b'"}', 413),
        (json.dumps({"name": "x", "scopes": ["assets:view"] * 1001}).encode(), 400),
    ],
)
def test_bodies_that_break_naive_servers(caller, body, status):
    answer = caller.raw("POST", "permission-groups", body, {"Authorization": f"Bearer {caller.token}"})

    is_well_told(answer)
    assert answer.status_code == status


def test_only_json_is_read(caller):
    answer = caller.raw(
        "POST", "permission-groups", "name=x", {"Authorization": f"Bearer {caller.token}"}, content_type="text/plain"
    )

    assert (answer.status_code, answer.json()["error"]) == (415, "unsupported_media_type")
