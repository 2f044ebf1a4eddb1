from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from authorizations.models import Authorization
from tenants.context import tenant_scope
from tenants.models import AuditEvent
from tests.api.caller import Caller, manager_of
from tests.authorizations.rows import row_of
from tests.cast import make_app, make_machine, make_yes, may


def names(answer):
    return [row["consumer"]["name"] for row in answer.json()["results"]]


def test_a_row_tells_who_has_access(acme, api):
    machine = make_machine(acme.tenant, "work_orders:view", "assets:view", "monitoring:view", name="Ledger sync")
    row = row_of(machine)

    answer = api.get(f"authorizations/{row.pk}")

    body = answer.json()
    assert body == {
        "id": row.pk,
        "consumer": {"id": machine.consumer.pk, "client_id": machine.key, "name": "Ledger sync"},
        "user": None,
        "grant_type": "client_credentials",
        "scopes": ["assets:view", "work_orders:view"],
        "state": "live",
        "granted_at": body["granted_at"],
        "last_accessed_at": None,
        "last_accessed_address": None,
        "expires_at": None,
        "revoked_at": None,
    }


def test_the_list_is_narrowed_like_the_page(acme, api):
    gone, unused = make_machine(acme.tenant, name="Gone"), make_machine(acme.tenant, name="Unused")
    api.delete(f"authorizations/{row_of(gone).pk}")

    assert "Gone" not in names(api.get("authorizations"))
    assert names(api.get("authorizations?state=revoked")) == ["Gone"]
    assert "Gone" in names(api.get("authorizations?state=any"))
    assert names(api.get(f"authorizations?consumer={unused.key}&used=never&state=live")) == ["Unused"]
    assert names(api.get("authorizations?q=unus&grant_type=client_credentials")) == ["Unused"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("state=dead", "state"),
        ("used=often", "used"),
        ("grant_type=password", "grant_type"),
        ("ordering=x", "ordering"),
    ],
)
def test_a_wrong_parameter_is_named(api, query, field):
    answer = api.get(f"authorizations?{query}")

    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == [field]


@pytest.mark.rfc("Gatehouse", "Multi-tenant", "TN-07")
@pytest.mark.parametrize("token_format", ["opaque", "jwt"])
def test_revoking_refuses_the_very_next_call(acme, api, token_format):
    victim = manager_of(acme, "authorizations:view", token_format=token_format)
    row = row_of(victim.machine)
    assert victim.get("authorizations").status_code == 200

    answers = [api.delete(f"authorizations/{row.pk}") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [204, 204]
    assert victim.get("authorizations").status_code == 401
    with pytest.raises(AssertionError, match="invalid_client|unauthorized_client|invalid_grant|access_denied"):
        Caller(acme, victim.machine)
    with tenant_scope(acme.tenant):
        (line,) = AuditEvent.objects.filter(verb="authorization.revoked", object_name=victim.machine.consumer.name)
    assert line.actor_name == api.machine.consumer.name


def test_all_of_a_consumer_end_at_once(acme, api):
    machine = make_machine(acme.tenant)
    path = f"consumers/{machine.consumer.pk}/authorizations"

    assert api.delete(path).json() == {"revoked": 1}
    assert api.delete(path).json() == {"revoked": 0}
    assert not row_of(machine).is_live


@pytest.mark.rfc("Gatehouse", "Multi-tenant", "TN-04")
def test_unknown_and_foreign_ids_look_the_same(beta, api):
    machine = make_machine(beta.tenant)
    theirs = row_of(machine)

    for path in (f"authorizations/{theirs.pk}", "authorizations/999999999"):
        for method in ("GET", "DELETE"):
            answer = api(method, path)
            assert (answer.status_code, answer.json()["error"]) == (404, "not_found")
    assert api.delete(f"consumers/{machine.consumer.pk}/authorizations").status_code == 404
    assert row_of(machine).is_live


def test_viewing_does_not_allow_revoking(acme):
    reader = manager_of(acme, "authorizations:view")
    row = row_of(reader.machine)

    assert reader.delete(f"authorizations/{row.pk}").status_code == 403
    assert row_of(reader.machine).is_live


def test_a_list_costs_the_same_however_long_it_is(acme, api, django_assert_max_num_queries):
    for _ in range(12):
        make_machine(acme.tenant)

    with django_assert_max_num_queries(9):
        assert len(api.get("authorizations").json()["results"]) == 13


def test_a_persons_row_tells_who_and_what_they_may_still_do(acme, api):
    may(acme.tenant, acme.ben, "assets:view")
    until = timezone.now() + timedelta(days=3)
    family = make_yes(make_app(acme.tenant, "assets:view", "assets:edit"), acme.ben, until=until)

    (row,) = api.get(f"authorizations?user={acme.ben.email}").json()["results"]

    assert row["user"] == {"id": acme.ben.pk, "name": "Ben", "email": acme.ben.email}
    assert (row["grant_type"], row["scopes"], row["state"]) == ("authorization_code", ["assets:view"], "live")
    assert datetime.fromisoformat(row["expires_at"]) == until
    with tenant_scope(acme.tenant):
        Authorization.objects.filter(pk=family.authorization_id).update(expires_at=timezone.now())
    (row,) = api.get("authorizations?state=expired").json()["results"]
    assert (row["id"], row["state"]) == (family.authorization_id, "expired")


def test_all_of_a_person_end_at_once(acme, beta, api):
    for _ in range(2):
        make_yes(make_app(acme.tenant), acme.ana)
    make_yes(make_app(beta.tenant), beta.eve)

    assert api.delete(f"users/{acme.ana.pk}/authorizations").json() == {"revoked": 2}
    assert api.delete(f"users/{acme.ana.pk}/authorizations").json() == {"revoked": 0}
    assert api.delete(f"users/{beta.eve.pk}/authorizations").status_code == 404
    with tenant_scope(beta.tenant):
        assert Authorization.objects.live().count() == 1
