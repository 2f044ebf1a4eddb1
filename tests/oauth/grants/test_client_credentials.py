"""CC rows: the client credentials grant."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from authorizations import granting
from authorizations.models import AccessToken
from consumers import credentials, registration
from consumers.models import Consumer
from tenants.context import tenant_scope
from tests.cast import make_group, make_machine
from tests.wire import Wire

BOTH = "assets:view work_orders:view"


@pytest.mark.rfc("6749", "4.4.3", "CC-01")
def test_a_token_comes_alone_and_leaves_one_row(wire, acme, machine):
    body = wire.token(machine, scope="assets:view").json()
    assert set(body) == {"access_token", "token_type", "expires_in", "scope"}
    with tenant_scope(acme.tenant):
        row = AccessToken.objects.get(application=machine.consumer)
        authorization = machine.consumer.authorizations.get()
    assert bytes(row.token_checksum) == credentials.digest(body["access_token"])[:16]
    assert (row.scope, row.authorization_id, row.user_id) == ("assets:view", authorization.pk, None)
    assert (row.expires - row.created).total_seconds() == body["expires_in"] == 3600


def test_a_signed_token_leaves_no_row(wire, acme):
    machine = make_machine(acme.tenant, token_format="jwt")
    wire.issue(machine)
    with tenant_scope(acme.tenant):
        assert not AccessToken.objects.filter(application=machine.consumer).exists()


@pytest.mark.rfc("6749", "3.3", "CC-02")
def test_no_scope_means_the_consumers_default(wire, acme, any_machine):
    assert wire.token(any_machine).json()["scope"] == BOTH
    with tenant_scope(acme.tenant):
        registration.amend_consumer(any_machine.consumer, default_scopes=["work_orders:view"])
    assert wire.token(any_machine).json()["scope"] == "work_orders:view"
    assert wire.token(any_machine, scope="").json()["scope"] == "work_orders:view"
    assert wire.token(any_machine, scope=BOTH).json()["scope"] == BOTH


def test_a_default_never_reaches_beyond_the_groups(wire, acme, any_machine):
    with tenant_scope(acme.tenant):
        Consumer.objects.filter(pk=any_machine.consumer.pk).update(default_scopes=["assets:view", "assets:delete"])
    assert wire.token(any_machine).json()["scope"] == "assets:view"


@pytest.mark.rfc("6749", "5.2", "CC-03")
@pytest.mark.rfc("6749", "3.3", "CC-04")
@pytest.mark.parametrize("scope", ["nonsense", "assets:fly", "assets:edit", f"{BOTH} assets:delete", "inventory:view"])
def test_a_scope_beyond_the_groups_is_refused_whole(wire, acme, any_machine, scope):
    answer = wire.token(any_machine, scope=scope)
    assert (answer.status, answer.json()) == (
        400,
        {
            "error": "invalid_scope",
            "error_description": "The scope asks for more than the permission groups of this consumer allow.",
        },
    )
    with tenant_scope(acme.tenant):
        assert not AccessToken.objects.filter(application=any_machine.consumer).exists()


@pytest.mark.rfc("6749", "3.3", "CC-05")
@pytest.mark.parametrize(
    "scope",
    ['a"b', "a\\b", "a\tb", "é", "assets:view\n", " ".join(f"s{number}" for number in range(2000)), "\x7f", " ", "  "],
)
def test_a_malformed_scope_is_refused(wire, machine, scope):
    answer = wire.token(machine, scope=scope)
    assert (answer.status, answer.json()["error"]) == (400, "invalid_scope")


@pytest.mark.rfc("6749", "5.2", "CC-07")
def test_a_consumer_of_another_grant_is_not_authorized(wire, acme):
    machine = make_machine(
        acme.tenant, grant_type=Consumer.GRANT_AUTHORIZATION_CODE, redirect_uris="https://app.example/callback"
    )
    answer = wire.token(machine)
    assert (answer.status, answer.json()["error"]) == (400, "unauthorized_client")


@pytest.mark.rfc("6749", "5.2", "CC-08")
@pytest.mark.parametrize("fields", [{}, {"grant_type": ""}])
def test_a_missing_grant_type_is_an_invalid_request(wire, machine, fields):
    answer = wire.post("token", {"scope": "assets:view", **fields}, machine=machine)
    assert (answer.status, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.rfc("6749", "5.2", "CC-09")
@pytest.mark.rfc("9700", "2.4", "CC-10")
@pytest.mark.parametrize("grant", ["Client_Credentials", "client_credentials ", "urn:unknown", "password", "implicit"])
def test_other_grants_are_not_supported(wire, acme, machine, grant):
    fields = {"grant_type": grant, "username": acme.ana.email, "password": "correct horse battery staple"}
    answer = wire.post("token", fields, machine=machine)
    assert (answer.status, answer.json()["error"]) == (400, "unsupported_grant_type")


@pytest.mark.rfc("6749", "10.10", "CC-11")
def test_no_two_tokens_are_alike(wire, any_machine):
    found = {wire.issue(any_machine) for _ in range(20)}
    assert len(found) == 20
    assert all(len(token) > 43 for token in found)


@pytest.mark.rfc("9068", "2.2", "CC-13")
def test_the_subject_is_the_consumers_own_key(wire, any_machine):
    body = wire.introspect(any_machine, wire.issue(any_machine)).json()
    assert body["sub"] == body["client_id"] == any_machine.key
    # No person's subject begins like this (consumers.credentials.KEY).
    assert body["sub"].startswith("gk_")


@pytest.mark.rfc("6749", "3.3", "CC-14")
def test_order_and_repetition_of_scopes_mean_nothing(wire, any_machine):
    for scope in (BOTH, "work_orders:view assets:view", "assets:view  assets:view work_orders:view"):
        assert wire.token(any_machine, scope=scope).json()["scope"] == BOTH


def test_overlapping_groups_give_each_scope_once(wire, acme):
    groups = [make_group(acme.tenant, "assets:view", "assets:edit"), make_group(acme.tenant, "assets:view")]
    machine = make_machine(acme.tenant, groups=groups)
    body = wire.token(machine).json()
    assert body["scope"] == "assets:edit assets:view"
    assert wire.introspect(machine, body["access_token"]).json()["scope"] == "assets:edit assets:view"


@pytest.mark.rfc("OIDC Core", "3.1.2.1", "CC-15")
def test_openid_is_beyond_a_consumer(wire, machine):
    assert wire.token(machine, scope="openid").json()["error"] == "invalid_scope"


@pytest.mark.rfc("6749", "4.4", "CC-16")
def test_a_hundred_at_once_all_get_theirs(acme, any_machine):
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: Wire(acme).token(any_machine), range(100)))
    assert {answer.status for answer in answers} == {200}
    assert len({answer.json()["access_token"] for answer in answers}) == 100


def test_a_group_that_allows_nothing_gives_no_token(wire, acme):
    machine = make_machine(acme.tenant, groups=[])
    answer = wire.token(machine)
    assert (answer.status, answer.json()["error"]) == (400, "invalid_scope")


def test_a_revoked_authorization_says_how_to_be_let_in_again(wire, acme, any_machine):
    with tenant_scope(acme.tenant):
        granting.revoke(any_machine.consumer.authorizations.get())
    answer = wire.token(any_machine)
    assert (answer.status, answer.json()["error"]) == (400, "unauthorized_client")
    assert "super administrator" in answer.json()["error_description"]
    assert "authorize it again" in answer.json()["error_description"]
    with tenant_scope(acme.tenant):
        granting.authorize_again(any_machine.consumer)
    assert wire.token(any_machine).status == 200


def test_the_format_may_change_between_two_tokens(wire, acme, machine):
    for token_format, looks in (("opaque", "gate_at_"), ("jwt", "ey"), ("opaque", "gate_at_"), ("jwt", "ey")):
        with tenant_scope(acme.tenant):
            registration.amend_consumer(machine.consumer, token_format=token_format)
        token = wire.issue(machine)
        assert token.startswith(looks)
        assert wire.is_active(machine, token)


@pytest.mark.parametrize(("company", "consumer", "lives"), [(7200, None, 7200), (3600, 900, 900), (900, 1800, 900)])
def test_a_token_lives_as_long_as_the_consumer_and_the_company_allow(wire, acme, any_machine, company, consumer, lives):
    with tenant_scope(acme.tenant):
        acme.tenant.access_token_seconds = company
        acme.tenant.save(update_fields=["access_token_seconds"])
        registration.amend_consumer(any_machine.consumer, access_token_seconds=consumer)
    body = wire.token(any_machine).json()
    seen = wire.introspect(any_machine, body["access_token"]).json()
    assert body["expires_in"] == seen["exp"] - seen["iat"] == lives
