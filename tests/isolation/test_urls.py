"""Every address of a company's site, for everybody who should not get in: nobody, a stranger, a suspended member,
and a super administrator who guesses the numbers of another company's things."""

import re
from urllib.parse import urlencode

import psycopg
import pytest
from django.test import Client
from django.urls import get_resolver

from config.database import conninfo
from config.demo import BACKEND
from permissions import catalogue
from tenants import audit, members
from tenants.context import tenant_scope
from tenants.models import AuditEvent, Membership
from tests.cast import PASSWORD, make_acme, make_beta, make_group, make_machine, make_member

# Open to whoever asks, and why.
OPEN = {
    "theme": "one colour",
    "logo": "what an app shows to the world, before anybody signs in",
    "join": "the link is the credential",
    "oauth:authorize": "apps send people here before anybody is known",
    "oauth:continue": "only the browser that an app's request came in by",
    "oauth:token": "consumers authenticate themselves",
    "oauth:introspect": "consumers authenticate themselves",
    "oauth:revoke": "consumers authenticate themselves",
    "oauth:device_authorization": "consumers authenticate themselves",
    "oauth:userinfo": "access tokens",
    "oauth:jwks": "public keys",
    "oauth:end_session": "apps send people here to sign out",
    "oauth:end_session_confirmed": "who signs out twice is signed out",
    "oauth:metadata": "discovery",
    "oauth:openid-configuration": "discovery",
    "api:reference": "documentation, the same for all",
    "api:schema": "documentation, the same for all",
    "api:api/schema/": "documentation, the same for all",
}
PIECE = re.compile(r"<(?:(\w+):)?(\w+)>")
# What a number in an address is the number of, by what stands before it.
KINDS = [
    (r"oauth-consumers/$", "consumer"),
    (r"of-consumer/$", "consumer"),
    (r"of-person/$", "person"),
    (r"v1/users/$", "person"),
    (r"v1/consumers/$", "consumer"),
    (r"logos/$", "consumer"),
    (r"secrets/$", "secret"),
    (r"managers/$", "person"),
    (r"members/$", "membership"),
    (r"permissions/$", "group"),
    (r"permission-groups/$", "group"),
    (r"authorizations/$", "authorization"),
    (r"transactions-log/$", "line"),
]
METHODS = ("get", "post", "put", "patch", "delete")


def routes(resolver, prefix="", namespace=""):
    for pattern in resolver.url_patterns:
        route = prefix + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            inner = f"{pattern.namespace}:" if pattern.namespace else ""
            yield from routes(pattern, route, namespace + inner)
        else:
            yield f"{namespace}{pattern.name or route}", route


ROUTES = dict(routes(get_resolver("config.tenant_urls")))
PANEL = {name: route for name, route in ROUTES.items() if not name.startswith("api:") and name not in OPEN}
NUMBERED = {name: route for name, route in ROUTES.items() if "<int:" in route}


def kind_of(before):
    found = [kind for pattern, kind in KINDS if re.search(pattern, before)]
    assert found, f"Say in KINDS what the number after {before!r} is the number of."
    return found[0]


def path(route, numbers):
    """The address with `numbers` by kind in its places."""
    while found := PIECE.search(route):
        value = numbers[kind_of(route[: found.start()])] if found[1] == "int" else "x"
        route = f"{route[: found.start()]}{value}{route[found.end() :]}"
    return f"/{route}"


def things_of(company, person):
    """The number of one thing of each kind."""
    machine = make_machine(company.tenant, groups=[make_group(company.tenant)])
    with tenant_scope(company.tenant):
        return {
            "consumer": machine.consumer.pk,
            "secret": machine.consumer.secrets.get().pk,
            "authorization": machine.consumer.authorizations.get().pk,
            "group": machine.consumer.groups.get().pk,
            "membership": Membership.objects.get(user=person).pk,
            "person": person.pk,
            "line": AuditEvent.objects.latest("sequence").sequence,
        }


@pytest.fixture(scope="module")
def acme():
    return make_acme()


@pytest.fixture(scope="module")
def ours(acme):
    return things_of(acme, acme.dora)


@pytest.fixture(scope="module")
def theirs(acme):
    beta = make_beta()
    found = things_of(beta, beta.eve)
    # Lines are numbered by company: one that only beta has.
    with tenant_scope(beta.tenant):
        audit.record_many("company.amended", [(beta.tenant, {}, {})] * 200)
        found["line"] = AuditEvent.objects.latest("sequence").sequence
    return found


@pytest.fixture(scope="module")
def bearer(acme):
    """A token of acme's with every scope there is."""
    scopes = sorted(scope for scope in catalogue.all_scopes() if scope.partition(":")[0] in acme.tenant.modules)
    machine = make_machine(acme.tenant, *scopes)
    form = {"grant_type": "client_credentials", "client_id": machine.key, "client_secret": machine.secret}
    answer = Client().post(
        f"{acme.path}/oauth/token", urlencode(form), content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code == 200, answer.content
    return answer.json()["access_token"]


@pytest.fixture(scope="module")
def ana(acme):
    """A browser where she has just given her password, so nothing asks for it again."""
    browser = Client()
    browser.post("/accounts/login/", {"login": acme.ana.email, "password": PASSWORD})
    assert "_auth_user_id" in browser.session
    return browser


def browser_of(user):
    browser = Client()
    browser.force_login(user, backend=BACKEND)
    return browser


def refused_or_elsewhere(answer):
    return answer.status_code in (401, 405) or (
        answer.status_code == 302 and answer["Location"].startswith("/accounts/login/")
    )


@pytest.mark.parametrize("name", sorted(set(ROUTES) - set(OPEN)))
def test_nobody_gets_in_without_signing_in(acme, ours, name):
    for method in METHODS:
        answer = getattr(Client(), method)(acme.path + path(ROUTES[name], ours))
        assert refused_or_elsewhere(answer) or name.startswith("api:") and answer.status_code == 404, (
            method,
            answer.status_code,
        )


@pytest.mark.parametrize("name", sorted(PANEL))
@pytest.mark.rfc("product", "TN", "TN-04")
def test_to_a_stranger_the_panel_does_not_exist(acme, ours, name):
    stranger = make_beta().eve
    for method in ("get", "post"):
        answer = getattr(browser_of(stranger), method)(acme.path + path(PANEL[name], ours))
        assert answer.status_code in (404, 405), method


@pytest.mark.parametrize("name", sorted(PANEL))
def test_to_a_suspended_member_the_panel_does_not_exist(acme, ours, name):
    gone = make_member(acme.tenant, "super_admin", f"Gone{abs(hash(name))}")
    browser = browser_of(gone)
    with tenant_scope(acme.tenant):
        members.suspend(Membership.objects.get(user=gone))
    for method in ("get", "post"):
        answer = getattr(browser, method)(acme.path + path(PANEL[name], ours))
        assert answer.status_code in (404, 405), method


@pytest.mark.parametrize("name", sorted(NUMBERED))
@pytest.mark.rfc("product", "TN", "TN-04")
def test_numbers_of_another_company_lead_nowhere(acme, ana, theirs, bearer, name):
    for method in METHODS:
        for headers in ({}, {"HX-Request": "true"}, {"Authorization": f"Bearer {bearer}"}):
            if name.startswith("api:") != ("Authorization" in headers):
                continue
            address = acme.path + path(NUMBERED[name], theirs)
            answer = getattr(ana, method)(address, headers=headers, content_type="application/json")
            assert answer.status_code in (404, 405), (method, answer.status_code)


@pytest.mark.parametrize("name", sorted(name for name, route in NUMBERED.items() if route.count("<int:") > 1))
def test_a_number_of_another_company_below_one_of_ours_leads_nowhere(acme, ana, ours, theirs, bearer, name):
    mixed = {**theirs, "consumer": ours["consumer"]}
    for method in METHODS:
        headers = {"Authorization": f"Bearer {bearer}"} if name.startswith("api:") else {}
        answer = getattr(ana, method)(
            acme.path + path(NUMBERED[name], mixed), headers=headers, content_type="application/json"
        )
        assert answer.status_code in (404, 405), (method, answer.status_code)


def everything_of(numbers):
    """How the other company's things are, as its owner sees them."""
    tables = {
        "consumer": "consumers_consumer",
        "group": "permissions_permissiongroup",
        "membership": "tenants_membership",
        "authorization": "authorizations_authorization",
        "secret": "consumers_consumersecret",
    }
    with psycopg.connect(conninfo("owner")) as connection:
        return {
            kind: connection.execute(f"SELECT * FROM {table} WHERE id = %s", [numbers[kind]]).fetchone()
            for kind, table in tables.items()
        }


def test_picking_another_companys_rows_picks_nothing(acme, ana, theirs):
    before = everything_of(theirs)
    for name, kind in {
        "tenants:members-suspend": "membership",
        "tenants:members-resume": "membership",
        "tenants:members-remove": "membership",
        "consumers:suspend": "consumer",
        "consumers:resume": "consumer",
        "consumers:delete": "consumer",
        "permissions:group-delete": "group",
        "authorizations:revoke": "authorization",
    }.items():
        address = f"{acme.path}{path(ROUTES[name], {})}?selected={theirs[kind]}"
        for answer in (ana.get(address), ana.post(address)):
            assert answer.status_code in (200, 302, 404), (name, answer.status_code)
    assert everything_of(theirs) == before
