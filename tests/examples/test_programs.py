"""The two example programs, run as anybody would run them, against a real server."""

import base64
import json
import time
from contextlib import ExitStack
from types import SimpleNamespace

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from authorizations import granting
from tenants.context import tenant_scope
from tests import cast
from tests.examples.programs import resource_server, run_app
from tests.servers import start_server

REALM = 'Bearer realm="work-orders"'


@pytest.fixture(scope="module")
def world():
    """A company, a Gatehouse that serves it, and a resource server beside it."""
    acme = cast.make_acme()
    gateway = cast.make_machine(acme.tenant, "authorizations:view", name="Work order gateway")
    with start_server() as base_url:
        issuer = f"{base_url}{acme.path}"
        with resource_server(issuer, gateway) as address:
            yield SimpleNamespace(acme=acme, issuer=issuer, address=address)


@pytest.fixture
def reader(world, request):
    token_format = getattr(request, "param", "opaque")
    return cast.make_machine(world.acme.tenant, "work_orders:view", "assets:view", token_format=token_format)


def token_of(world, machine, scope="work_orders:view"):
    form = {"grant_type": "client_credentials", "scope": scope}
    return httpx.post(f"{world.issuer}/oauth/token", data=form, auth=machine.auth).json()["access_token"]


def get(world, path, token=None):
    return httpx.get(f"{world.address}{path}", headers={"Authorization": f"Bearer {token}"} if token else {})


def revoke(world, machine):
    with tenant_scope(world.acme.tenant):
        granting.revoke_all_for(machine.consumer)


def test_the_app_reads_work_orders_over_introspection(world, reader):
    done = run_app(world.issuer, reader, world.address)

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("/work-orders (3 work orders)\n")
    assert "Calibrate flow meter" in done.stdout


@pytest.mark.parametrize("reader", ["jwt"], indirect=True)
def test_the_app_reads_work_orders_with_a_signed_token(world, reader):
    done = run_app(world.issuer, reader, world.address, "/jwt/work-orders")

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("/jwt/work-orders (3 work orders)\n")


@pytest.mark.rfc("Gatehouse", "Multi-tenant", "TN-07")
@pytest.mark.parametrize("reader", ["opaque", "jwt"], indirect=True)
def test_once_revoked_the_app_and_its_old_tokens_are_refused(world, reader):
    token = token_of(world, reader)
    assert get(world, "/work-orders", token).status_code == 200

    revoke(world, reader)

    refused = get(world, "/work-orders", token)
    assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, f'{REALM}, error="invalid_token"')
    done = run_app(world.issuer, reader, world.address)
    assert done.returncode == 1
    assert done.stderr.startswith("Refused. No token: ")


def test_a_consumer_without_the_scope_gets_no_token_for_it(world):
    other = cast.make_machine(world.acme.tenant, "assets:view")

    done = run_app(world.issuer, other, world.address)

    assert done.returncode == 1
    assert "invalid_scope" in done.stderr


@pytest.mark.rfc("6750", "3.1", "BR-01 at a resource server of somebody else")
@pytest.mark.parametrize("path", ["/work-orders", "/jwt/work-orders"])
def test_without_a_token_the_challenge_names_no_error(world, path):
    answer = get(world, path)

    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, REALM)


@pytest.mark.rfc("6750", "3.1", "BR-03 at a resource server of somebody else")
@pytest.mark.parametrize(
    ("path", "reader"), [("/work-orders", "opaque"), ("/jwt/work-orders", "jwt")], indirect=["reader"]
)
def test_a_token_without_the_scope_is_told_which(world, path, reader):
    answer = get(world, path, token_of(world, reader, scope="assets:view"))

    assert answer.status_code == 403
    assert answer.headers["WWW-Authenticate"] == f'{REALM}, error="insufficient_scope", scope="work_orders:view"'


@pytest.mark.rfc("9068", "4", "AT-05: a token that is not ours is refused")
@pytest.mark.parametrize("reader", ["jwt"], indirect=True)
@pytest.mark.parametrize(
    "forge",
    [
        "another key", "no signature", "symmetric", "another type", "another audience", "another issuer", "expired",
        "opaque", "garbage",
    ],
)  # fmt: skip
def test_forged_and_foreign_signed_tokens_are_refused(world, reader, forge):
    genuine = token_of(world, reader)
    assert get(world, "/jwt/work-orders", genuine).status_code == 200

    answer = get(world, "/jwt/work-orders", forged(genuine, forge))

    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, f'{REALM}, error="invalid_token"')


def forged(genuine, how):
    head, claims, signature = genuine.split(".")
    header, claims_ = part(head), part(claims)
    key = ECKey.generate_key("P-256")
    match how:
        case "no signature":
            return ".".join([unpart({**header, "alg": "none"}), claims, ""])
        case "symmetric":
            return jwt.encode({**header, "alg": "HS256"}, claims_, OctKey.import_key("x" * 32), algorithms=["HS256"])
        case "another type":
            return ".".join([unpart({**header, "typ": "JWT"}), claims, signature])
        case "opaque":
            return "gate_at_" + "A" * 49
        case "garbage":
            return "a.b.c"
        case "another audience":
            claims_["aud"] = "https://elsewhere.example"
        case "another issuer":
            claims_["iss"] = "https://elsewhere.example"
        case "expired":
            claims_["exp"] = int(time.time()) - 1
    return jwt.encode(header, claims_, key, algorithms=["ES256"])


def part(text):
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def unpart(content):
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


def test_other_addresses_and_methods_are_answered(world):
    assert httpx.get(f"{world.address}/nothing").status_code == 404
    answer = httpx.post(f"{world.address}/work-orders")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET")


def test_pages_of_other_origins_may_send_a_token_and_read_the_answer(world):
    asked = httpx.options(f"{world.address}/work-orders", headers={"Origin": "https://app.example"})
    assert (asked.status_code, asked.headers["Access-Control-Allow-Headers"]) == (200, "Authorization")
    for answer in (asked, get(world, "/work-orders")):
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in answer.headers


def test_when_gatehouse_is_gone_nobody_is_let_in(world, reader):
    gateway = cast.make_machine(world.acme.tenant, "authorizations:view")
    with ExitStack() as programs:
        with start_server() as base_url:
            issuer = f"{base_url}{world.acme.path}"
            address = programs.enter_context(resource_server(issuer, gateway))
            headers = {"Authorization": f"Bearer {token_of(SimpleNamespace(issuer=issuer), reader)}"}
            assert httpx.get(f"{address}/work-orders", headers=headers).status_code == 200

        answer = httpx.get(f"{address}/work-orders", headers=headers)

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")


def test_they_say_what_is_missing():
    nobody = SimpleNamespace(key="gk_x", secret="gate_sec_x")

    done = run_app("http://127.0.0.1:9/t/acme", nobody, "http://127.0.0.1:9")

    assert done.returncode == 1
    assert done.stderr == "Nobody answers at http://127.0.0.1:9/t/acme/oauth/token.\n"
