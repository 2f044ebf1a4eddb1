"""An app at our own API for a person: what they may do on the pages, what they agreed to, and never more."""

import json
from urllib.parse import urlencode

import pytest
from django.test import Client

from authorizations import granting
from authorizations.models import Authorization
from consumers.models import Consumer
from permissions import object_access
from tenants.context import tenant_scope
from tenants.models import AuditEvent, Domain, Membership
from tests.api.caller import EVERYTHING, manager_of
from tests.cast import make_app, make_code, make_group, make_machine, make_yes, may
from tests.wire import Wire, basic

SCOPES = (*EVERYTHING, "assets:view", "work_orders:view")


class Acting:
    """An app with a person's token."""

    def __init__(self, company, app, user, *scopes):
        self.company, self.app = company, app
        answer = Wire(company).redeem(app, make_code(make_yes(app, user, *scopes)))
        assert answer.status == 200, answer.body
        self.token, self.scope = answer.json()["access_token"], answer.json()["scope"]

    def __call__(self, method, path, body=None):
        return Client().generic(
            method, f"{self.company.path}/api/v1/{path}", json.dumps(body) if body is not None else "",
            "application/json", headers={"Authorization": f"Bearer {self.token}"},
        )  # fmt: skip

    def get(self, path):
        return self("GET", path)


@pytest.fixture(params=["opaque", "jwt"])
def app(request, acme):
    return make_app(acme.tenant, *SCOPES, token_format=request.param)


def became(acme, user, role, *scopes):
    """A role and groups, whatever they had when they agreed."""
    with tenant_scope(acme.tenant):
        Membership.objects.filter(user=user).update(role=role)
    may(acme.tenant, user, *(scopes or SCOPES))


def tries(acting, consumer, group):
    """The status of everything that the API lets one do."""
    one, secrets = f"consumers/{consumer.pk}", f"consumers/{consumer.pk}/secrets"
    asked = {
        "see consumers": ("GET", "consumers"),
        "see one": ("GET", one),
        "see secrets": ("GET", secrets),
        "see groups": ("GET", "permission-groups"),
        "see authorizations": ("GET", "authorizations"),
        "make one": ("POST", "consumers", {"name": "Made", "permission_groups": [group.pk]}),
        "amend": ("PATCH", one, {"description": "x"}),
        "add a secret": ("POST", secrets, {"name": "another"}),
        "suspend": ("PUT", f"{one}/suspension"),
        "amend a group": ("PATCH", f"permission-groups/{group.pk}", {"description": "x"}),
        "revoke": ("DELETE", f"consumers/{consumer.pk}/authorizations"),
        "delete": ("DELETE", one),
    }
    return {name: acting(*call).status_code for name, call in asked.items()}


def allowed(found):
    return {name for name, status in found.items() if status < 300}


def test_for_a_member_an_app_administers_nothing_whatever_their_groups_say(acme, app):
    acting = Acting(acme, app, acme.ana)
    became(acme, acme.ana, "member")
    victim, group = make_machine(acme.tenant, "assets:view").consumer, make_group(acme.tenant, "assets:view")
    assert set(tries(acting, victim, group).values()) == {403}


def test_for_an_auditor_it_reads_and_changes_nothing(acme, app):
    acting = Acting(acme, app, acme.ana)
    became(acme, acme.ana, "auditor")
    victim, group = make_machine(acme.tenant, "assets:view").consumer, make_group(acme.tenant, "assets:view")
    found = tries(acting, victim, group)
    assert allowed(found) == {"see consumers", "see one", "see secrets", "see groups", "see authorizations"}
    assert set(found.values()) == {200, 403}


def test_for_a_developer_it_sees_the_consumers_they_were_given(acme, app):
    acting = Acting(acme, app, acme.ana)
    became(acme, acme.ana, "developer")
    theirs, other = (make_machine(acme.tenant, "assets:view").consumer for _ in range(2))
    group = make_group(acme.tenant, "assets:view")
    with tenant_scope(acme.tenant):
        object_access.give(acme.ana, theirs)
    assert allowed(tries(acting, theirs, group)) == {"see consumers", "see one", "see secrets", "see authorizations"}
    found = tries(acting, other, group)
    assert (found["see one"], found["see secrets"]) == (404, 404)
    assert [row["id"] for row in acting.get("consumers").json()["results"]] == [theirs.pk]
    seen = acting.get("authorizations").json()["results"]
    assert [row["consumer"]["id"] for row in seen] == [theirs.pk]
    with tenant_scope(acme.tenant):
        hidden = Authorization.objects.get(consumer=other)
    assert acting.get(f"authorizations/{hidden.pk}").status_code == 404


def test_for_a_super_administrator_it_does_what_was_agreed_to_and_no_more(acme, app):
    victim, group = make_machine(acme.tenant, "assets:view").consumer, make_group(acme.tenant, "assets:view")
    found = tries(Acting(acme, app, acme.ana, "consumers:view", "consumers:edit", "assets:view"), victim, group)
    assert allowed(found) == {"see consumers", "see one", "see secrets", "amend", "add a secret", "suspend"}
    another = make_machine(acme.tenant, "assets:view").consumer
    assert allowed(tries(Acting(acme, app, acme.ana), another, group)) == set(found)


@pytest.mark.parametrize(("who", "left"), [("ben", set()), ("otto", {"consumers:view"}), ("dora", {"consumers:view"})])
def test_nobody_agrees_to_more_than_their_role_lets_them_do(acme, app, who, left):
    user = getattr(acme, who)
    may(acme.tenant, user, *SCOPES)
    acting = Acting(acme, app, user, "consumers:view", "consumers:add", "consumers:edit", "assets:view")
    assert set(acting.scope.split()) == {*left, "assets:view"}
    with tenant_scope(acme.tenant):
        assert Authorization.objects.get(user=user).effective_scopes == {*left, "assets:view"}
        membership = Membership.objects.select_related("user").get(user=user)
        assert granting.grantable(app.consumer, membership, ["consumers:add"]) == frozenset()


def test_the_log_names_the_person_and_the_app(acme, app):
    acting = Acting(acme, app, acme.ana)
    assert acting("POST", "permission-groups", {"name": "By an app", "scopes": ["assets:view"]}).status_code == 201
    machines = [make_machine(acme.tenant, "assets:view").consumer for _ in range(2)]
    for machine in machines:
        assert acting("DELETE", f"consumers/{machine.pk}/authorizations").json() == {"revoked": 1}
    with tenant_scope(acme.tenant):
        made = AuditEvent.objects.get(verb="permission_group.created", object_name="By an app")
        lines = [made, *AuditEvent.objects.filter(verb="authorization.revoked")]
    assert len(lines) == 3
    said = {(line.actor_id, line.actor_name) for line in lines}
    assert said == {(acme.ana.pk, f"Ana ({app.consumer.name})")}


def test_what_sleeps_in_an_apps_groups_is_handed_on_for_nobody(acme, app):
    """A machine may hand on what its own groups hold while the module is off; a person agreed to nothing of it."""
    with tenant_scope(acme.tenant):
        group = Consumer.objects.get(pk=app.consumer.pk).groups.get()
        acme.tenant.modules = [module for module in acme.tenant.modules if module != "work_orders"]
        acme.tenant.save()
    acting = Acting(acme, app, acme.ana, "consumers:add", "consumers:view", *EVERYTHING, "assets:view")
    wanted = {"name": "Sleeper", "permission_groups": [group.pk]}
    refused = acting("POST", "consumers", wanted)
    assert (refused.status_code, refused.json()["error"]) == (403, "beyond_own_permissions")
    machine = manager_of(acme, groups=[group])
    assert machine.post("consumers", wanted).status_code == 201


@pytest.mark.rfc("8707", "2", "the company's API by any of its addresses")
@pytest.mark.parametrize("token_format", ["opaque", "jwt"])
def test_at_a_host_name_of_its_own_the_company_has_the_same_api(acme, beta, settings, token_format):
    """A token for that address and another API, and one for the address below the platform's: both are for it."""
    settings.ALLOWED_HOSTS = ["*"]
    host = f"{acme.slug}.example.test"
    with tenant_scope(acme.tenant):
        Domain.objects.create(host=host)
    make_machine(acme.tenant, resource="https://meters.example")
    caller = make_machine(acme.tenant, "consumers:view", "assets:view", token_format=token_format)
    at_host, at_platform = f"http://{host}", acme.tenant.issuer

    def token(issuer, *resources):
        form = {"grant_type": "client_credentials", "resource": resources}
        answer = Client(headers={"host": host} if issuer == at_host else {}).post(
            f"{'' if issuer == at_host else acme.path}/oauth/token", urlencode(form, doseq=True),
            "application/x-www-form-urlencoded", headers=basic(*caller.auth),
        )  # fmt: skip
        assert answer.status_code == 200, answer.content
        return answer.json()["access_token"]

    def status(issuer, given):
        sent = {"Authorization": f"Bearer {given}", **({"host": host} if issuer == at_host else {})}
        path = "" if issuer == at_host else acme.path
        return Client().get(f"{path}/api/v1/consumers", headers=sent).status_code

    for issuer in (at_host, at_platform):
        plain, both = token(issuer), token(issuer, f"{issuer}/api", "https://meters.example")
        assert [status(at, plain) for at in (at_host, at_platform)] == [200, 200]
        # Let in, but it has nothing of the administration: another API sees it too.
        assert [status(at, both) for at in (at_host, at_platform)] == [403, 403]
        other = token(issuer, "https://meters.example")
        assert [status(at, other) for at in (at_host, at_platform)] == [401, 401]
