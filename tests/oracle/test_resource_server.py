"""A stock django-oauth-toolkit resource server (DRF's OAuth2Authentication and TokenHasScope) takes our tokens, and
what it does when they are no good any more. It keeps what it was told for CACHING_SECONDS: so long a token that it has
seen lives on there, and no longer. A token that it has not seen is refused at once."""

import time

import httpx
import psycopg
import pytest

CACHING_SECONDS = 1
LIVE = {"work_orders": [1, 2, 3], "scope": "work_orders:view"}


@pytest.fixture(scope="module")
def company():
    from tests.cast import make_acme

    return make_acme()


@pytest.fixture(scope="module")
def asker(company):
    """The consumer that the resource server is."""
    from tests.cast import make_group, make_machine

    return make_machine(company.tenant, groups=[make_group(company.tenant, "authorizations:view", name="Resource")])


@pytest.fixture(scope="module")
def resource_server(server, company, asker):
    """What the resource server answers to a token."""
    from tests.oracle.projects import start_project

    environment = {
        "ORACLE_ISSUER": f"{server}{company.path}",
        "ORACLE_CLIENT_ID": asker.key,
        "ORACLE_CLIENT_SECRET": asker.secret,
    }
    with (
        start_project("tests.oracle.resource_server_settings", environment=environment) as (url, _),
        httpx.Client() as http,
    ):

        def get(token="", path="work-orders"):
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            return http.get(f"{url}/{path}", headers=headers)

        yield get


@pytest.fixture(params=["opaque", "jwt"])
def machine(request, company):
    from tests.cast import make_machine

    return make_machine(company.tenant, "assets:view", "work_orders:view", token_format=request.param)


@pytest.fixture
def issue(server, company, machine):
    def issue(scope="work_orders:view", path=company.path, client=machine):
        sent = {"grant_type": "client_credentials", "scope": scope}
        return httpx.post(f"{server}{path}/oauth/token", auth=client.auth, data=sent).json()["access_token"]

    return issue


@pytest.fixture
def revoke(server, company, machine):
    def revoke(token):
        url = f"{server}{company.path}/oauth/revoke"
        assert httpx.post(url, auth=machine.auth, data={"token": token}).status_code == 200

    return revoke


def refused(answer):
    return answer.status_code == 401 and answer.headers["WWW-Authenticate"].startswith("Bearer ")


def forget():
    """Longer than the resource server remembers."""
    time.sleep(CACHING_SECONDS + 0.1)


@pytest.mark.rfc("7662", "2.2", "a stock django-oauth-toolkit resource server works against us")
def test_a_token_with_the_scope_is_let_in(resource_server, issue):
    answer = resource_server(issue())
    assert (answer.status_code, answer.json()) == (200, LIVE)


def test_a_token_without_the_scope_is_not(resource_server, issue):
    denied = {"detail": "You do not have permission to perform this action."}
    for scope, path in (("assets:view", "work-orders"), ("assets:view", "assets"), ("work_orders:view", "assets")):
        answer = resource_server(issue(scope), path)
        assert (answer.status_code, answer.json()) == (403, denied)


def test_garbage_and_nothing_are_refused(resource_server, issue):
    token = issue()
    for bad in ("", "garbage", token[:-1], f"{token}x", "a.b.c"):
        assert refused(resource_server(bad)), bad


def test_a_revoked_token_is_refused_at_once_when_it_was_never_seen(resource_server, issue, revoke):
    token = issue()
    revoke(token)
    assert refused(resource_server(token))


def test_a_revoked_token_that_was_seen_is_refused_when_the_cache_forgets_it(resource_server, issue, revoke):
    token = issue()
    assert resource_server(token).status_code == 200
    revoke(token)
    forget()
    assert refused(resource_server(token))


@pytest.mark.parametrize("machine", ["opaque"], indirect=True)
def test_an_expired_token_is_refused(resource_server, issue, machine):
    from config.database import conninfo
    from consumers import credentials

    token = issue()
    expire = "UPDATE authorizations_accesstoken SET expires = now() - interval '1 second' WHERE token_checksum = %s"
    with psycopg.connect(conninfo("owner"), autocommit=True) as connection:
        assert connection.execute(expire, [credentials.halved(credentials.digest(token))]).rowcount == 1
    assert refused(resource_server(token))


def test_what_permissions_lose_the_resource_server_learns(resource_server, issue, machine):
    from consumers import registration
    from tenants.context import tenant_scope

    token = issue("assets:view work_orders:view")
    assert resource_server(token).json()["scope"] == "assets:view work_orders:view"
    with tenant_scope(machine.consumer.tenant):
        machine.consumer.groups.update(scopes=["assets:view"])
    forget()
    assert resource_server(token).status_code == 403
    with tenant_scope(machine.consumer.tenant):
        registration.suspend_consumer(machine.consumer)
    forget()
    assert refused(resource_server(token))


def test_a_token_of_another_company_is_refused(resource_server, issue, beta):
    from tests.cast import make_machine

    stranger = make_machine(beta.tenant, "work_orders:view")
    assert refused(resource_server(issue(path=beta.path, client=stranger)))


def test_a_resource_server_that_may_not_look_is_told_nothing(resource_server, issue, asker):
    from tenants.context import tenant_scope

    with tenant_scope(asker.consumer.tenant):
        asker.consumer.groups.update(scopes=["assets:view"])
    try:
        assert refused(resource_server(issue()))
    finally:
        with tenant_scope(asker.consumer.tenant):
            asker.consumer.groups.update(scopes=["authorizations:view"])
    assert resource_server(issue()).status_code == 200


@pytest.mark.rfc("8707", "2", "why a django-oauth-toolkit resource server is told about our audience")
def test_its_own_idea_of_an_audience_fits_only_our_own_api():
    from oauth2_provider.oauth2_validators import validate_resource_as_url_prefix

    audience = ["https://gatehouse.example/t/acme/api"]
    assert validate_resource_as_url_prefix("https://gatehouse.example/t/acme/api/v1/consumers/", audience)
    assert not validate_resource_as_url_prefix("https://work-orders.example/work-orders", audience)
