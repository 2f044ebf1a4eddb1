"""IN rows: introspection."""

from unittest.mock import ANY

import pytest

from authorizations.models import AccessToken
from tenants.context import tenant_scope
from tests.cast import make_machine
from tests.wire import Wire

INACTIVE = b'{"active":false}'


@pytest.mark.rfc("7662", "2.2", "IN-01")
@pytest.mark.rfc("7662", "4", "IN-13")
def test_a_live_token_is_described(wire, acme, any_machine, resource_server):
    answer = wire.introspect(resource_server, wire.issue(any_machine))
    assert answer.header("Cache-Control") == "no-store"
    assert answer.header("Content-Type") == "application/json"
    body = answer.json()
    body.pop("jti", None)
    assert body == {
        "active": True,
        "scope": "assets:view work_orders:view",
        "client_id": any_machine.key,
        "sub": any_machine.key,
        "token_type": "Bearer",
        "iat": ANY,
        "exp": body["iat"] + 3600,
        "iss": acme.tenant.issuer,
        "aud": f"{acme.tenant.issuer}/api",
    }
    assert body["active"] is True
    assert isinstance(body["iat"], int)


def test_only_a_signed_token_has_a_jti(wire, any_machine):
    body = wire.introspect(any_machine, wire.issue(any_machine)).json()
    assert ("jti" in body) is (any_machine.consumer.token_format == "jwt")


@pytest.mark.rfc("7662", "2.2", "IN-02")
@pytest.mark.rfc("7662", "4", "IN-15")
@pytest.mark.parametrize("token", ["x", "gate_at_x", "a.b.c", "e30.e30.e30", "é", "gate_sec_x", "....", "0" * 8000])
def test_anything_else_is_not_active_and_nothing_more(wire, resource_server, token):
    answer = wire.introspect(resource_server, token)
    assert (answer.status, answer.body) == (200, INACTIVE)


@pytest.mark.rfc("7662", "4", "IN-03")
def test_an_expired_token_is_not_active(wire, acme, machine, owner_connection):
    token = wire.issue(machine)
    owner_connection.execute(
        "UPDATE authorizations_accesstoken SET expires = now() WHERE tenant_id = %s", [acme.tenant.pk]
    )
    assert wire.introspect(machine, token).body == INACTIVE


@pytest.mark.rfc("7662", "4", "IN-04")
def test_a_revoked_token_is_not_active(wire, any_machine):
    token = wire.issue(any_machine)
    wire.revoke(any_machine, token)
    assert wire.introspect(any_machine, token).body == INACTIVE


@pytest.mark.rfc("7662", "2.1", "IN-07")
def test_a_token_must_be_given(wire, machine):
    answer = wire.post("introspect", {}, machine=machine)
    assert (answer.status, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.rfc("7662", "2.1", "IN-08")
def test_a_token_in_the_url_is_not_read(wire, machine):
    assert wire.send("GET", f"{wire.url('introspect')}?token=x").status == 405


@pytest.mark.rfc("7662", "2.2", "IN-09")
def test_a_consumer_sees_its_own_tokens_only(wire, acme, any_machine):
    other = make_machine(acme.tenant, "assets:view")
    token = wire.issue(any_machine)
    assert wire.introspect(any_machine, token).json()["active"] is True
    assert wire.introspect(other, token).body == INACTIVE


@pytest.mark.rfc("7662", "4", "IN-09")
def test_nobody_of_another_company_sees_it(acme, beta, door, any_machine):
    token = Wire(acme, door).issue(any_machine)
    foreign = make_machine(beta.tenant, "authorizations:view")
    assert Wire(beta, door).introspect(foreign, token).body == INACTIVE


def test_the_right_to_see_others_ends_with_its_module(wire, acme, any_machine, resource_server):
    token = wire.issue(any_machine)
    assert wire.introspect(resource_server, token).json()["active"] is True
    with tenant_scope(acme.tenant):
        acme.tenant.modules = [module for module in acme.tenant.modules if module != "authorizations"]
        acme.tenant.save(update_fields=["modules"])
    assert wire.introspect(resource_server, token).body == INACTIVE


@pytest.mark.rfc("7662", "2.1", "IN-11")
@pytest.mark.parametrize("hint", ["refresh_token", "access_token", "nonsense"])
def test_a_wrong_hint_changes_nothing(wire, any_machine, hint):
    assert wire.introspect(any_machine, wire.issue(any_machine), token_type_hint=hint).json()["active"] is True


@pytest.mark.rfc("7662", "2.1", "IN-18")
def test_two_tokens_are_one_too_many(wire, machine):
    answer = wire.post("introspect", b"token=a&token=b", machine=machine)
    assert (answer.status, answer.json()["error"]) == (400, "invalid_request")


def test_introspection_changes_no_token(wire, acme, machine):
    token = wire.issue(machine)
    with tenant_scope(acme.tenant):
        before = list(AccessToken.objects.values())
    wire.introspect(machine, token)
    with tenant_scope(acme.tenant):
        assert list(AccessToken.objects.values()) == before
