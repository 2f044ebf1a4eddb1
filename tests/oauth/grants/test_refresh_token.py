"""RT rows: refresh tokens, their rotation and what ends them."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.test import Client

from authorizations.models import RefreshToken, TokenFamily
from consumers import credentials, registration
from tenants.context import tenant_scope
from tenants.models import AuditEvent, Tenant
from tests.cast import make_app, make_code, make_machine, make_yes, may
from tests.oauth.grants.test_authorization_code import assert_refused
from tests.wire import Wire

BOTH = "assets:view work_orders:view"


def begin(wire, app, user, *scopes, resource=None, **fields):
    answer = wire.redeem(app, make_code(make_yes(app, user, *scopes, **fields)), resource=resource)
    assert answer.status == 200, answer.body
    return answer.json()


def unused(acme):
    with tenant_scope(acme.tenant):
        return RefreshToken.objects.filter(used_at=None).count()


@pytest.fixture(params=["confidential", "public"])
def any_app(request, acme):
    return make_app(acme.tenant, public=request.param == "public")


@pytest.fixture
def age(acme, owner_connection):
    """Let every refresh token of the company be used or made so many seconds earlier."""

    def let(seconds, column="used_at"):
        assert column in {"used_at", "created"}
        owner_connection.execute(
            f"UPDATE authorizations_refreshtoken SET {column} = {column} - make_interval(secs => %s)"  # noqa: S608
            " WHERE tenant_id = %s",
            [seconds, acme.tenant.pk],
        )

    return let


@pytest.mark.rfc("6749", "6", "RT-01")
@pytest.mark.rfc("9700", "2.2.2", "RT-02")
@pytest.mark.rfc("MCP", "Token Theft", "MCP-06")
def test_every_use_rotates(wire, acme, any_app):
    first = begin(wire, any_app, acme.ana)
    second = wire.refresh(any_app, first["refresh_token"]).json()
    third = wire.refresh(any_app, second["refresh_token"]).json()
    assert len({found[name] for found in (first, second, third) for name in ("access_token", "refresh_token")}) == 6
    assert third["scope"] == BOTH
    assert credentials.is_well_formed(third["refresh_token"], credentials.REFRESH_TOKEN)
    assert unused(acme) == 1
    # The old one is no good any more: using it is a theft.
    assert_refused(wire.refresh(any_app, first["refresh_token"]))


@pytest.mark.rfc("9700", "4.14.2", "RT-03")
@pytest.mark.parametrize("token_format", ["opaque", "jwt"])
def test_reuse_ends_the_family(wire, acme, age, token_format):
    app = make_app(acme.tenant, token_format=token_format)
    first = begin(wire, app, acme.ana)
    second = wire.refresh(app, first["refresh_token"]).json()
    age(11)
    assert_refused(wire.refresh(app, first["refresh_token"]))
    assert_refused(wire.refresh(app, second["refresh_token"]))
    assert not wire.is_active(app, first["access_token"])
    assert not wire.is_active(app, second["access_token"])
    with tenant_scope(acme.tenant):
        (line,) = AuditEvent.objects.filter(verb="authorization.refresh_reused")
        assert line.object_id == str(app.consumer.pk)
        assert TokenFamily.objects.get().ended_because == TokenFamily.End.REFRESH_REUSED


@pytest.mark.rfc("practice", "retries", "RT-11")
def test_a_lost_answer_can_be_asked_for_again(wire, acme, any_app, age):
    first = begin(wire, any_app, acme.ana)
    answers = [wire.refresh(any_app, first["refresh_token"]).json() for _ in range(3)]
    assert len({answer["refresh_token"] for answer in answers}) == 1
    assert len({answer["access_token"] for answer in answers}) == 3
    assert unused(acme) == 1
    age(8)
    assert wire.refresh(any_app, first["refresh_token"]).json()["refresh_token"] == answers[0]["refresh_token"]
    assert all(wire.refresh(any_app, answers[0]["refresh_token"]).status == 200 for _ in range(2))


def test_a_lost_answer_did_arrive_when_its_token_is_used(wire, acme, any_app):
    first = begin(wire, any_app, acme.ana)
    second = wire.refresh(any_app, first["refresh_token"]).json()
    third = wire.refresh(any_app, second["refresh_token"]).json()
    assert_refused(wire.refresh(any_app, first["refresh_token"]))
    assert_refused(wire.refresh(any_app, third["refresh_token"]))


@pytest.mark.rfc("6749", "6", "RT-04")
def test_another_consumers_token_is_unknown_and_stays_alive(wire, acme, any_app):
    other = make_app(acme.tenant, public=any_app.consumer.is_public)
    first = begin(wire, any_app, acme.ana)
    assert_refused(wire.refresh(other, first["refresh_token"]))
    second = wire.refresh(any_app, first["refresh_token"]).json()
    assert_refused(wire.refresh(other, first["refresh_token"]))
    assert wire.refresh(any_app, second["refresh_token"]).status == 200


@pytest.mark.rfc("6749", "6", "RT-05")
def test_a_confidential_app_must_prove_itself(wire, acme, app):
    first = begin(wire, app, acme.ana)
    assert wire.refresh(type(app)(app.consumer, ""), first["refresh_token"]).status == 401
    assert wire.refresh(type(app)(app.consumer, "wrong"), first["refresh_token"]).status == 401
    assert wire.refresh(app, first["refresh_token"]).status == 200


@pytest.mark.rfc("6749", "6", "RT-06")
def test_a_wider_scope_is_refused_and_uses_nothing(wire, acme, app):
    first = begin(wire, app, acme.ana, "assets:view")
    assert_refused(wire.refresh(app, first["refresh_token"], scope=BOTH), "invalid_scope")
    assert_refused(wire.refresh(app, first["refresh_token"], scope='a"b'), "invalid_scope")
    assert wire.refresh(app, first["refresh_token"]).status == 200


@pytest.mark.rfc("6749", "6", "RT-07")
def test_a_narrower_scope_is_for_this_access_token_alone(wire, acme, app):
    first = begin(wire, app, acme.ana)
    second = wire.refresh(app, first["refresh_token"], scope="assets:view").json()
    assert second["scope"] == wire.introspect(app, second["access_token"]).json()["scope"] == "assets:view"
    assert wire.refresh(app, second["refresh_token"], scope=BOTH).json()["scope"] == BOTH


@pytest.mark.rfc("6749", "6", "RT-07")
def test_asking_for_what_comes_to_nothing_is_a_wrong_scope_and_not_the_end(wire, acme):
    """invalid_grant would make the app throw its refresh token away."""
    app = make_app(acme.tenant, "assets:view", "work_orders:view", "consumers:view")
    lost = may(acme.tenant, acme.ben, "assets:view")
    may(acme.tenant, acme.ben, "work_orders:view")
    make_machine(acme.tenant, resource="https://api.example")
    fields = {"resources": [f"{acme.tenant.issuer}/api", "https://api.example"]}
    first = begin(wire, app, acme.ben, "assets:view", "work_orders:view", "offline_access")
    for scope in ("offline_access", "profile"):
        assert_refused(wire.refresh(app, first["refresh_token"], scope=scope), "invalid_scope")
    with tenant_scope(acme.tenant):
        lost.member_ties.all().delete()
    assert_refused(wire.refresh(app, first["refresh_token"], scope="assets:view"), "invalid_scope")
    assert wire.refresh(app, first["refresh_token"]).json()["scope"] == "offline_access work_orders:view"
    only_ours = begin(wire, app, acme.ana, "consumers:view", **fields, resource=f"{acme.tenant.issuer}/api")
    assert_refused(wire.refresh(app, only_ours["refresh_token"], resource="https://api.example"), "invalid_scope")
    again = wire.refresh(app, only_ours["refresh_token"], resource=f"{acme.tenant.issuer}/api")
    assert again.json()["scope"] == "consumers:view"


@pytest.mark.rfc("6749", "5.2", "RT-08")
@pytest.mark.parametrize("token", ["x", "gate_rt_x", "é💥", "' OR 1=1 --", "a" * 15_000, "gate_at_x"])
def test_an_unknown_token_is_refused(wire, app, token):
    assert_refused(wire.refresh(app, token))


@pytest.mark.rfc("6749", "5.2", "RT-08")
def test_a_token_must_be_given_and_be_sound(wire, app):
    assert_refused(wire.refresh(app, ""), "invalid_request")
    assert_refused(wire.refresh(app, "a\0b"), "invalid_request")
    assert wire.refresh(app, "x" * 100_000).status == 413


@pytest.mark.rfc("9700", "4.14", "RT-09")
def test_an_idle_token_dies(wire, acme, app, age):
    with tenant_scope(acme.tenant):
        registration.amend_consumer(app.consumer, refresh_idle_seconds=3600)
    first = begin(wire, app, acme.ana)
    age(3601, "created")
    assert_refused(wire.refresh(app, first["refresh_token"]))


@pytest.mark.rfc("9700", "4.14", "RT-09")
def test_a_company_that_shortens_shortens_all_at_once(wire, acme, app, age):
    first = begin(wire, app, acme.ana)
    age(3601, "created")
    second = wire.refresh(app, first["refresh_token"]).json()
    age(3601, "created")
    with tenant_scope(acme.tenant):
        Tenant.objects.filter(pk=acme.tenant.pk).update(refresh_idle_seconds=3600)
    assert_refused(wire.refresh(app, second["refresh_token"]))


@pytest.mark.rfc("9700", "4.14.2", "RT-19")
def test_rotation_does_not_reach_beyond_the_sign_ins_end(wire, acme, app, owner_connection):
    first = begin(wire, app, acme.ana)
    owner_connection.execute(
        "UPDATE authorizations_tokenfamily SET refreshable_until = now() + interval '1 hour' WHERE tenant_id = %s",
        [acme.tenant.pk],
    )
    second = wire.refresh(app, first["refresh_token"]).json()
    with tenant_scope(acme.tenant):
        assert RefreshToken.objects.get(used_at=None).expires == TokenFamily.objects.get().refreshable_until
    owner_connection.execute(
        "UPDATE authorizations_tokenfamily SET refreshable_until = now() WHERE tenant_id = %s", [acme.tenant.pk]
    )
    assert_refused(wire.refresh(app, second["refresh_token"]))


@pytest.mark.rfc("9700", "4.14", "RT-10")
def test_of_many_at_once_all_get_the_one_successor(acme, any_app):
    first = begin(Wire(acme), any_app, acme.ana)
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: Wire(acme).refresh(any_app, first["refresh_token"]), range(20)))
    assert {answer.status for answer in answers} == {200}
    (successor,) = {answer.json()["refresh_token"] for answer in answers}
    assert unused(acme) == 1
    assert Wire(acme).refresh(any_app, successor).status == 200


@pytest.mark.rfc("6750", "3.1", "RT-15")
@pytest.mark.rfc("6750", "3.1", "BR-10")
@pytest.mark.rfc("9068", "4", "BR-10")
def test_only_an_access_token_opens_the_api(wire, acme):
    app = make_app(acme.tenant, "consumers:view")
    family = make_yes(app, acme.ana, "consumers:view", "openid")
    tokens = wire.redeem(app, make_code(family)).json()

    def status(token):
        return Client().get(f"{acme.path}/api/v1/consumers", headers={"Authorization": f"Bearer {token}"}).status_code

    assert status(tokens["access_token"]) == 200
    assert [status(token) for token in (tokens["refresh_token"], tokens["id_token"], make_code(family))] == [401] * 3
    assert wire.revoke(app, tokens["refresh_token"]).status == 200
    assert status(tokens["access_token"]) == 401


@pytest.mark.rfc("8707", "2", "tokens for another API don't open ours")
@pytest.mark.parametrize("token_format", ["opaque", "jwt"])
def test_a_token_for_another_api_does_not_open_ours(acme, token_format):
    wire, app = Wire(acme), make_app(acme.tenant, "consumers:view", "assets:view", token_format=token_format)
    make_machine(acme.tenant, resource="https://api.example")
    fields = {"resources": [f"{acme.tenant.issuer}/api", "https://api.example"]}
    family = make_yes(app, acme.ana, "consumers:view", "assets:view", **fields)
    tokens = wire.redeem(app, make_code(family), resource="https://api.example").json()

    def status(token):
        return Client().get(f"{acme.path}/api/v1/consumers", headers={"Authorization": f"Bearer {token}"}).status_code

    assert tokens["scope"] == "assets:view"
    assert status(tokens["access_token"]) == 401
    fresh = wire.refresh(app, tokens["refresh_token"], resource=f"{acme.tenant.issuer}/api").json()
    assert fresh["scope"] == "assets:view consumers:view"
    assert status(fresh["access_token"]) == 200


@pytest.mark.rfc("6749", "5.2", "RT-17")
def test_who_gets_no_refresh_tokens_may_not_refresh(wire, acme, app):
    first = begin(wire, app, acme.ana)
    with tenant_scope(acme.tenant):
        registration.amend_consumer(app.consumer, issues_refresh_tokens=False)
    assert_refused(wire.refresh(app, first["refresh_token"]), "unauthorized_client")
    machine = make_machine(acme.tenant)
    answer = wire.post("token", {"grant_type": "refresh_token", "refresh_token": "x"}, machine=machine)
    assert_refused(answer, "unauthorized_client")


@pytest.mark.rfc("6749", "6", "RT-20")
def test_a_new_secret_refreshes_what_the_old_one_got(wire, acme, app):
    first = begin(wire, app, acme.ana)
    with tenant_scope(acme.tenant):
        _, minted = registration.add_secret(app.consumer, name="second")
    assert wire.refresh(type(app)(app.consumer, minted.shown), first["refresh_token"]).status == 200


@pytest.mark.rfc("OIDC Core", "12.2", "RT-21")
@pytest.mark.rfc("OIDC Core", "12.2", "OI-19")
def test_a_refreshed_id_token_is_of_the_same_sign_in(wire, acme, app):
    import json

    from oauth import keys

    def claims(body):
        return json.loads(keys.from_base64url(body["id_token"].split(".")[1]))

    first = begin(wire, app, acme.ana, "openid", nonce="n-1")
    second = wire.refresh(app, first["refresh_token"]).json()
    old, new = claims(first), claims(second)
    assert old["nonce"] == "n-1"
    assert "nonce" not in new
    assert all(old[name] == new[name] for name in ("iss", "sub", "aud", "auth_time", "sid"))
    assert "id_token" not in begin(wire, app, acme.ana, "assets:view")


@pytest.mark.rfc("9700", "storage", "RT-22")
def test_no_plaintext_is_kept(wire, acme, app, owner_connection):
    first = begin(wire, app, acme.ana)
    second = wire.refresh(app, first["refresh_token"]).json()
    rows = owner_connection.execute(
        "SELECT row_to_json(r)::text FROM authorizations_refreshtoken r WHERE tenant_id = %s", [acme.tenant.pk]
    ).fetchall()
    for token in (first["refresh_token"], second["refresh_token"]):
        assert token not in str(rows)
        assert token.encode().hex() not in str(rows)


@pytest.mark.rfc("7009", "2", "RV-02")
@pytest.mark.rfc("7009", "2.1", "RV-09")
@pytest.mark.rfc("7009", "2.1", "RV-12")
@pytest.mark.parametrize("hint", ["", "access_token", "foo"])
def test_giving_back_a_refresh_token_ends_the_sign_in(wire, acme, any_app, app, hint):
    first = begin(wire, any_app, acme.ana)
    other = make_app(acme.tenant, public=True)
    assert wire.app("revoke", other, {"token": first["refresh_token"]}).status == 200
    fields = {"token": first["refresh_token"], "token_type_hint": hint}
    answer = wire.app("revoke", any_app, fields)
    assert (answer.status, answer.body) == (200, b"{}")
    assert wire.app("revoke", any_app, fields).status == 200
    assert_refused(wire.refresh(any_app, first["refresh_token"]))
    with tenant_scope(acme.tenant):
        assert AuditEvent.objects.filter(verb="token.revoked").count() == 1
        assert TokenFamily.objects.get().ended_because == TokenFamily.End.REVOKED


@pytest.mark.rfc("7009", "2.1", "RV-18")
@pytest.mark.rfc("7009", "2.1", "RV-12")
@pytest.mark.parametrize("token_format", ["opaque", "jwt"])
def test_giving_back_an_access_token_leaves_the_sign_in(wire, acme, token_format):
    app = make_app(acme.tenant, public=True, token_format=token_format)
    watcher = make_machine(acme.tenant, "authorizations:view")
    first = begin(wire, app, acme.ana)
    assert wire.is_active(watcher, first["access_token"])
    assert wire.app("revoke", app, {"token": first["access_token"]}).status == 200
    assert not wire.is_active(watcher, first["access_token"])
    assert wire.refresh(app, first["refresh_token"]).status == 200


@pytest.mark.rfc("7662", "4", "IN-10")
def test_a_public_app_may_not_introspect(wire, acme, public_app):
    first = begin(wire, public_app, acme.ana)
    assert wire.app("introspect", public_app, {"token": first["access_token"]}).status == 401


@pytest.mark.rfc("7662", "2.1", "IN-12")
def test_a_refresh_token_is_described_to_its_own_app_and_not_as_a_bearers(wire, acme, app):
    watcher = make_machine(acme.tenant, "authorizations:view")
    first = begin(wire, app, acme.ana)
    found = wire.introspect(app, first["refresh_token"]).json()
    assert found["active"] is True
    assert "token_type" not in found
    assert found["sub"].startswith("u_")
    assert wire.introspect(watcher, first["refresh_token"]).json() == {"active": False}
    wire.refresh(app, first["refresh_token"])
    assert wire.introspect(app, first["refresh_token"]).json() == {"active": False}
