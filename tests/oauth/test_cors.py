"""HT-21 to HT-24: which pages of other sites may read what the wire answers."""

import pytest

from consumers import registration
from consumers.models import Consumer
from oauth import postgres
from oauth.store.way_in import lines
from tenants import companies
from tenants.context import tenant_scope
from tests.cast import make_app, make_code, make_machine, make_yes, may
from tests.wire import Wire

SPA, OTHER = "https://spa.example", "http://127.0.0.1:9500"
POSTS = ["token", "revoke", "device_authorization"]
SHARED = [*POSTS, "userinfo"]


@pytest.fixture
def app(acme):
    may(acme.tenant, acme.ben, "assets:view")
    return make_app(acme.tenant, public=True, allowed_origins=f"{SPA}\n{OTHER}")


def read_by(answer):
    return answer.header("Access-Control-Allow-Origin")


def never_with_cookies(answer):
    assert not answer.header("Access-Control-Allow-Credentials")
    return answer


def preflight(wire, endpoint, origin):
    headers = {"Origin": origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "dpop"}
    return never_with_cookies(wire.send("OPTIONS", wire.url(endpoint), headers=headers))


def post(wire, endpoint, origin, fields=None):
    return never_with_cookies(wire.post(endpoint, fields or {}, headers={"Origin": origin}))


@pytest.mark.rfc("Fetch", "3.2", "HT-21")
@pytest.mark.rfc("7009", "2.3", "RV-14")
@pytest.mark.parametrize("origin", [SPA, OTHER])
@pytest.mark.parametrize("endpoint", SHARED)
def test_a_registered_origin_may_send_what_stock_libraries_send(wire, app, endpoint, origin):
    answer = preflight(wire, endpoint, origin)
    assert answer.status == 204
    assert read_by(answer) == origin
    assert answer.header("Access-Control-Allow-Headers") == "authorization, content-type, dpop"
    assert "POST" in answer.header("Access-Control-Allow-Methods")
    assert ("GET" in answer.header("Access-Control-Allow-Methods")) == (endpoint == "userinfo")
    assert int(answer.header("Access-Control-Max-Age")) > 0
    assert "Origin" in answer.header("Vary")


@pytest.mark.rfc("Fetch", "3.2", "HT-21")
def test_documents_may_be_read_by_every_page(wire, acme):
    for path in (wire.url("jwks"), f"{acme.path}/.well-known/oauth-authorization-server"):
        for method in ("GET", "OPTIONS"):
            answer = never_with_cookies(wire.send(method, path, headers={"Origin": "https://evil.example"}))
            assert (answer.status in (200, 204), read_by(answer)) == (True, "*")


@pytest.mark.rfc("Fetch", "3.2", "HT-23")
@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "null", "http://spa.example", "https://spa.example:8443", "https://spa.example.evil.example",
     "https://SPA.example", f"{SPA}\n{OTHER}", "*", "https://", "x" * 9000, "https://spa.example/"],
)  # fmt: skip
@pytest.mark.parametrize("endpoint", SHARED)
def test_any_other_origin_may_not(wire, app, endpoint, origin):
    for answer in (preflight(wire, endpoint, origin), post(wire, endpoint, origin)):
        assert not [name for name in answer.headers if name.startswith("access-control-")]
        assert "Origin" in answer.header("Vary")


@pytest.mark.rfc("Fetch", "3.2", "HT-24")
def test_refusals_are_readable_like_successes(wire, acme, app):
    for endpoint in POSTS:
        answer = post(wire, endpoint, SPA)
        assert answer.status in (400, 401)
        assert read_by(answer) == SPA
        assert "WWW-Authenticate" in answer.header("Access-Control-Expose-Headers")
    answer = post(wire, "userinfo", SPA)
    assert (answer.status, read_by(answer)) == (401, SPA)
    assert answer.header("WWW-Authenticate")
    assert read_by(wire.send("PUT", wire.url("token"), headers={"Origin": SPA})) == SPA


@pytest.mark.rfc("Fetch", "3.2", "HT-21")
@pytest.mark.rfc("7009", "2.3", "RV-14")
def test_a_browser_app_reads_its_tokens_and_gives_them_back(wire, acme, app):
    code = make_code(make_yes(app, acme.ben))
    fields = {
        "grant_type": "authorization_code", "code": code, "client_id": app.key,
        "code_verifier": "a-verifier-of-forty-three-characters-or-more", "redirect_uri": "https://app.example/callback",
    }  # fmt: skip
    answer = post(wire, "token", SPA, fields)
    assert (answer.status, read_by(answer), answer.header("Cache-Control")) == (200, SPA, "no-store")
    answer = post(wire, "revoke", SPA, {"token": answer.json()["access_token"], "client_id": app.key})
    assert (answer.status, read_by(answer)) == (200, SPA)


@pytest.mark.rfc("9700", "2.6", "HT-22")
def test_never_at_the_authorization_endpoint_nor_at_introspection(wire, acme, app, client):
    for method in ("get", "options"):
        answer = getattr(client, method)(f"{acme.path}/oauth/authorize", headers={"Origin": SPA})
        assert not [name for name in answer.headers if name.startswith("Access-Control-")]
    for answer in (preflight(wire, "introspect", SPA), post(wire, "introspect", SPA)):
        assert not read_by(answer)


def test_only_public_apps_that_are_at_work_count(wire, acme, beta, door):
    confidential = make_app(acme.tenant)
    with tenant_scope(acme.tenant):
        Consumer.objects.filter(pk=confidential.consumer.pk).update(allowed_origins="https://confidential.example")
    make_app(beta.tenant, public=True, allowed_origins="https://beta.example")
    idle = make_app(acme.tenant, public=True, allowed_origins="https://idle.example")
    gone = make_app(acme.tenant, public=True, allowed_origins="https://gone.example")
    assert read_by(post(wire, "token", "https://idle.example")) == "https://idle.example"
    with tenant_scope(acme.tenant):
        registration.suspend_consumer(Consumer.objects.get(pk=idle.consumer.pk))
        registration.delete_consumer(Consumer.objects.get(pk=gone.consumer.pk))
    for name in ("confidential", "beta", "idle", "gone"):
        assert not read_by(post(wire, "token", f"https://{name}.example")), name
    assert read_by(post(Wire(beta, door), "token", "https://beta.example"))


def test_a_suspended_companys_origins_count_for_nothing(wire, acme, app):
    companies.suspend_company(acme.tenant)
    assert not read_by(post(wire, "token", SPA))


def test_who_names_no_origin_costs_nothing_more(acme, monkeypatch):
    asked = []
    real = postgres.Line.ask
    monkeypatch.setattr(postgres.Line, "ask", lambda line, *those: asked.extend(those) or real(line, *those))
    machine = make_machine(acme.tenant)
    wire = Wire(acme)
    assert wire.token(machine).status == 200
    without = len(asked)
    answer = wire.post("token", {"grant_type": "client_credentials"}, machine=machine, headers={"Origin": SPA})
    assert answer.status == 200
    assert not read_by(answer)
    names = [one.statement.name for one in asked]
    assert names.count(b"origin") == 1
    assert b"origin" not in names[:without]


def test_without_a_database_a_page_hears_as_much_as_anybody(acme, monkeypatch):
    def lost(work):
        raise postgres.Unavailable(detail="gone")

    monkeypatch.setattr(lines, "run", lost)
    answer = post(
        Wire(acme), "token", SPA, {"grant_type": "client_credentials", "client_id": "a", "client_secret": "b"}
    )
    assert (answer.status, answer.header("Retry-After")) == (503, "2")
