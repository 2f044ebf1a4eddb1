"""Both doors give the same bytes, and the thin one leaves everything else to Django."""

import re

import pytest

from tests.cast import Machine, make_machine
from tests.wire import FORM, ViewDoor, Wire, WsgiDoor, basic

OWN = {"content-type", "cache-control", "pragma", "www-authenticate", "retry-after", "allow", "etag", "content-length",
       "access-control-allow-origin", "access-control-allow-methods", "x-content-type-options"}  # fmt: skip
GRANT = b"grant_type=client_credentials"


def asked(acme, machine):
    """(method, path, headers, body) of all kinds."""
    token, wrong = f"{acme.path}/oauth/token", Machine(machine.consumer, "x")
    form = {"Content-Type": FORM}
    yield "POST", token, {**form, **basic(*machine.auth)}, GRANT
    yield "POST", token, {**form, **basic(*machine.auth)}, GRANT + b"&scope=nonsense"
    yield "POST", token, {**form, **basic(*wrong.auth)}, GRANT
    yield "POST", token, {"Content-Type": "application/json"}, b"{}"
    yield "POST", token, form, b"x" * 20_000
    yield "POST", token, form, b""
    yield "POST", f"{token}?client_secret=x", form, GRANT
    for method in ("GET", "HEAD", "OPTIONS", "DELETE"):
        for endpoint in ("token", "introspect", "revoke", "jwks"):
            yield method, f"{acme.path}/oauth/{endpoint}", {}, b""
    yield "GET", f"{acme.path}/.well-known/oauth-authorization-server", {}, b""
    yield "GET", f"/.well-known/oauth-authorization-server{acme.path}", {}, b""
    yield "GET", "/t/nobody-here/oauth/jwks", {}, b""
    yield "POST", f"{acme.path}/oauth/introspect", {**form, **basic(*machine.auth)}, b"token=x"
    yield "POST", f"{acme.path}/oauth/revoke", {**form, **basic(*machine.auth)}, b"token=x"


def normal(answer):
    """Without what must differ: the token itself."""
    body = re.sub(rb'"access_token":"[^"]+"', b'"access_token":"..."', answer.body)
    return answer.status, {name: value for name, value in answer.headers.items() if name in OWN}, body


def test_both_doors_give_the_same_bytes(acme, machine):
    for method, path, headers, body in asked(acme, machine):
        found = [
            normal(Wire(acme, door()).send(method, path, headers=headers, body=body)) for door in (ViewDoor, WsgiDoor)
        ]
        assert found[0] == found[1], (method, path)


@pytest.mark.parametrize(
    "path",
    ["/", "/t/acme/", "/t/acme/oauth/", "/t/acme/oauth/token/", "/t/acme/oauth/authorize", "/oauth/token",
     "/t/acme/settings/api-connections/oauth-consumers/", "/T/acme/oauth/token", "/t/acme/x/oauth/token",
     "//t/acme/oauth/token", "/.well-known/oauth-authorization-server"],
)  # fmt: skip
def test_other_paths_are_left_to_django(acme, path):
    assert Wire(acme).send("GET", path, headers={"Host": "127.0.0.1:8000"}).body == b"django"


def test_the_thin_door_reads_a_body_without_a_length_only_when_it_ends_by_itself(acme, machine):
    import io

    environ = {
        "REQUEST_METHOD": "POST", "PATH_INFO": f"{acme.path}/oauth/token", "REMOTE_ADDR": "10.0.0.9",
        "CONTENT_TYPE": FORM, "HTTP_AUTHORIZATION": basic(*machine.auth)["Authorization"],
    }  # fmt: skip
    for extra, status in (({}, "400 Bad Request"), ({"HTTP_TRANSFER_ENCODING": "chunked"}, "200 OK")):
        begun = []
        given = {**environ, **extra, "wsgi.input": io.BytesIO(GRANT)}
        WsgiDoor.application(given, lambda status, headers, begun=begun: begun.append(status))
        assert begun == [status]


@pytest.mark.parametrize("length", ["-1", "x", "1e3", "16385", "99999999999999999999"])
def test_a_strange_length_is_too_large(acme, length):
    import io

    begun = []
    environ = {
        "REQUEST_METHOD": "POST", "PATH_INFO": f"{acme.path}/oauth/token", "CONTENT_LENGTH": length,
        "CONTENT_TYPE": FORM, "wsgi.input": io.BytesIO(b"x"),
    }  # fmt: skip
    WsgiDoor.application(environ, lambda status, headers: begun.append(status))
    assert begun[0].startswith("413")


def test_x_forwarded_for_counts_only_through_a_trusted_proxy(acme):
    machine = make_machine(acme.tenant)
    wire = Wire(acme)
    wire.post("token", {"grant_type": "client_credentials"}, machine=machine, headers={"X-Forwarded-For": "192.0.2.1"})
    from tenants import background
    from tenants.context import tenant_scope

    background.flush()
    with tenant_scope(acme.tenant):
        assert machine.consumer.authorizations.get().last_accessed_address == wire.address
