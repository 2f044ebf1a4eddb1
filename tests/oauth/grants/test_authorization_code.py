"""CG, PK and RU rows at the token endpoint: a code for its tokens."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from authorizations import granting
from authorizations.models import AccessToken, AuthorizationCode, RefreshToken, TokenFamily
from consumers import credentials, registration
from tenants.context import tenant_scope
from tenants.models import AuditEvent, Membership
from tests.cast import CALLBACK, VERIFIER, make_app, make_code, make_machine, make_yes, may
from tests.wire import Wire

BOTH = "assets:view work_orders:view"


def assert_refused(answer, error="invalid_grant"):
    assert (answer.status, answer.json()["error"]) == (400, error), answer.body


def lines(acme, verb):
    with tenant_scope(acme.tenant):
        return list(AuditEvent.objects.filter(verb=verb))


@pytest.mark.rfc("6749", "4.1.4", "CG-01")
@pytest.mark.rfc("6749", "5.1", "HT-01")
@pytest.mark.parametrize("token_format", ["opaque", "jwt"])
def test_a_code_becomes_tokens_of_the_person(wire, acme, token_format):
    app = make_app(acme.tenant, "assets:view", "work_orders:view", token_format=token_format)
    family = make_yes(app, acme.ana)
    answer = wire.redeem(app, make_code(family))
    body = answer.json()
    assert set(body) == {"access_token", "token_type", "expires_in", "scope", "refresh_token"}
    assert (body["token_type"], body["expires_in"], body["scope"]) == ("Bearer", 3600, BOTH)
    assert answer.header("Cache-Control") == "no-store"
    with tenant_scope(acme.tenant):
        kept = AccessToken.objects.filter(family=family)
        assert [(row.user_id, row.authorization_id, row.audience) for row in kept] == (
            [(acme.ana.pk, family.authorization_id, None)] if token_format == "opaque" else []
        )
        refresh = RefreshToken.objects.get(family=family)
    assert bytes(refresh.token_checksum) == credentials.digest(body["refresh_token"])[:16]


@pytest.mark.rfc("OIDC Core", "8", "CG-18")
@pytest.mark.rfc("9068", "2.2", "AT-02")
@pytest.mark.parametrize("pairwise", [False, True])
@pytest.mark.parametrize("token_format", ["opaque", "jwt"])
def test_the_subject_is_the_person_and_says_nothing_of_them(wire, acme, token_format, pairwise):
    app = make_app(acme.tenant, token_format=token_format, pairwise_subject=pairwise)
    tokens = [wire.redeem(app, make_code(make_yes(app, acme.ana))).json()["access_token"] for _ in range(2)]
    first, second = (wire.introspect(app, token).json() for token in tokens)
    assert first["sub"] == second["sub"]
    assert first["sub"].startswith("p_" if pairwise else "u_")
    assert acme.ana.email not in str(first)
    assert (first["client_id"], first["scope"]) == (app.key, BOTH)


@pytest.mark.rfc("6749", "4.1.3", "public client")
def test_a_public_app_redeems_with_its_key_alone(wire, acme, public_app):
    body = wire.redeem(public_app, make_code(make_yes(public_app, acme.ana))).json()
    assert body["scope"] == BOTH
    assert "refresh_token" in body


@pytest.mark.rfc("6749", "4.1.2", "CG-02")
@pytest.mark.rfc("6749", "4.1.2", "CG-03")
@pytest.mark.parametrize("token_format", ["opaque", "jwt"])
def test_a_replay_ends_what_the_first_use_got(wire, acme, token_format):
    app = make_app(acme.tenant, token_format=token_format)
    family = make_yes(app, acme.ana)
    code = make_code(family)
    first = wire.redeem(app, code).json()
    assert wire.is_active(app, first["access_token"])
    assert_refused(wire.redeem(app, code))
    assert not wire.is_active(app, first["access_token"])
    assert_refused(wire.refresh(app, first["refresh_token"]))
    with tenant_scope(acme.tenant):
        family.refresh_from_db()
    assert family.ended_because == TokenFamily.End.CODE_REPLAYED
    (line,) = lines(acme, "authorization.code_replayed")
    assert (line.object_id, line.after) == (str(app.consumer.pk), {})
    assert line.before == {"authorization": family.authorization_id}
    assert_refused(wire.redeem(app, code))
    assert len(lines(acme, "authorization.code_replayed")) == 1


def test_a_replay_counts_after_the_code_expired_too(wire, acme, app, owner_connection):
    family = make_yes(app, acme.ana)
    code = make_code(family)
    first = wire.redeem(app, code).json()
    owner_connection.execute("UPDATE authorizations_authorizationcode SET expires = now() - interval '1 minute'"
        " WHERE family_id = %s", [family.pk])  # fmt: skip
    assert_refused(wire.redeem(app, code))
    assert not wire.is_active(app, first["access_token"])


@pytest.mark.rfc("6749", "4.1.2", "CG-04")
@pytest.mark.rfc("6749", "4.1.3", "CG-05")
@pytest.mark.rfc("6749", "4.1.3", "CG-10")
@pytest.mark.rfc("6749", "4.1.3", "CG-12")
@pytest.mark.rfc("6749", "4.1.3", "RU-21")
@pytest.mark.parametrize("is_public", [False, True])
def test_who_proves_nothing_neither_uses_a_code_nor_ends_anything(wire, acme, is_public):
    app = make_app(acme.tenant, public=is_public)
    other = make_app(acme.tenant, public=is_public)
    code = make_code(make_yes(app, acme.ana))

    def attack():
        assert_refused(wire.redeem(other, code))
        assert_refused(wire.redeem(app, code, code_verifier="b" * 43))
        assert_refused(wire.redeem(app, code, redirect_uri=f"{CALLBACK}/other"))
        stolen = wire.post("token", {"grant_type": "authorization_code", "code": code, "code_verifier": VERIFIER})
        assert stolen.status == 401
        if not is_public:
            wrong = type(app)(app.consumer, "")
            assert wire.redeem(wrong, code).status == 401

    attack()
    tokens = wire.redeem(app, code).json()
    attack()
    assert wire.refresh(app, tokens["refresh_token"]).status == 200


@pytest.mark.rfc("6749", "5.2", "CG-06")
def test_an_expired_code_is_refused(wire, acme, app, owner_connection):
    family = make_yes(app, acme.ana)
    code = make_code(family)
    owner_connection.execute("UPDATE authorizations_authorizationcode SET expires = now() WHERE family_id = %s",
        [family.pk])  # fmt: skip
    assert_refused(wire.redeem(app, code))
    with tenant_scope(acme.tenant):
        assert AuthorizationCode.objects.get(family=family).used_at is None


@pytest.mark.rfc("6749", "4.1.2", "AZ-32")
def test_a_code_lives_a_minute(acme, app):
    family = make_yes(app, acme.ana)
    make_code(family)
    with tenant_scope(acme.tenant):
        code = AuthorizationCode.objects.get(family=family)
    assert timedelta(seconds=59) < code.expires - code.created < timedelta(seconds=61)


@pytest.mark.rfc("6749", "5.2", "CG-07")
@pytest.mark.rfc("6749", "5.2", "HT-12")
@pytest.mark.parametrize("code", ["x", "gate_ac_x", "é💥", "gate_at_x", "' OR 1=1 --", "a" * 15_000, "\ud7ff\r\n"])
def test_an_unknown_code_is_refused(wire, app, code):
    assert_refused(wire.redeem(app, code))


def test_a_code_is_taken_letter_by_letter(wire, acme, app):
    code = make_code(make_yes(app, acme.ana))
    assert_refused(wire.redeem(app, code.swapcase()))
    assert_refused(wire.redeem(app, f"{code} "))
    assert wire.redeem(app, code).status == 200


@pytest.mark.rfc("6749", "5.2", "CG-08")
@pytest.mark.rfc("6749", "3.2", "HT-13")
def test_a_code_must_be_given_once(wire, app):
    for code in (None, ""):
        assert_refused(wire.redeem(app, code), "invalid_request")
    body = f"grant_type=authorization_code&code=a&code=b&client_id={app.key}&client_secret={app.secret}"
    assert_refused(wire.post("token", body.encode()), "invalid_request")


@pytest.mark.rfc("6749", "4.1.3", "HT-11")
@pytest.mark.parametrize("name", ["code", "redirect_uri", "code_verifier"])
def test_a_nul_is_refused(wire, app, name):
    assert_refused(wire.redeem(app, **{"code": "x", name: "a\0b"}), "invalid_request")


@pytest.mark.rfc("6749", "5.2", "HT-12")
def test_a_huge_code_is_too_large(wire, app):
    assert wire.redeem(app, "x" * 100_000).status == 413


@pytest.mark.rfc("7636", "4.6", "PK-08")
@pytest.mark.rfc("7636", "4.6", "PK-09")
@pytest.mark.rfc("7636", "4.6", "PK-10")
@pytest.mark.rfc("7636", "4.1", "PK-11")
def test_only_the_verifier_of_the_request_fits(wire, acme, app):
    family = make_yes(app, acme.ana)
    code = make_code(family)
    with tenant_scope(acme.tenant):
        challenge = AuthorizationCode.objects.get(family=family).code_challenge
    for verifier in (None, "", challenge, VERIFIER[:42], VERIFIER * 4, VERIFIER[:-1] + "é", f"{VERIFIER} "):
        assert_refused(wire.redeem(app, code, code_verifier=verifier))
    assert wire.redeem(app, code).status == 200


@pytest.mark.rfc("7636", "4.6", "PK-13")
def test_the_verifier_of_another_code_does_not_fit(wire, acme, app):
    family = make_yes(app, acme.ana)
    other = make_code(family, code_challenge="A" * 43)
    assert_refused(wire.redeem(app, other))
    assert wire.redeem(app, make_code(family)).status == 200


@pytest.mark.rfc("9700", "2.1.1", "PK-15")
def test_three_codes_with_the_same_challenge_are_three_codes(wire, acme, app):
    codes = [make_code(make_yes(app, acme.ana)) for _ in range(3)]
    answers = [wire.redeem(app, code) for code in codes]
    assert [answer.status for answer in answers] == [200, 200, 200]
    assert_refused(wire.redeem(app, codes[0]))
    tokens = [answer.json()["access_token"] for answer in answers]
    assert [wire.introspect(app, token).json()["active"] for token in tokens] == [False, True, True]


@pytest.mark.rfc("9700", "2.1.1", "PK-12")
def test_a_verifier_without_a_challenge_is_refused(wire, acme):
    app = make_app(acme.tenant, legacy_without_pkce=True)
    code = make_code(make_yes(app, acme.ana, code_challenge=""), code_challenge="")
    assert_refused(wire.redeem(app, code), "invalid_request")
    assert_refused(wire.redeem(app, code, code_verifier=None, redirect_uri=None))
    assert wire.redeem(app, code, code_verifier=None).status == 200


@pytest.mark.rfc("6749", "4.1.3", "RU-22")
def test_with_pkce_the_redirect_uri_may_be_left_out(wire, acme, app):
    assert wire.redeem(app, make_code(make_yes(app, acme.ana)), redirect_uri=None).status == 200


@pytest.mark.rfc("2.1", "7.11", "CG-17")
def test_verifiers_can_not_be_guessed_for_long(acme, app):
    wire = Wire(acme)
    code = make_code(make_yes(app, acme.ana))
    answers = [wire.redeem(app, code, code_verifier="b" * 43).status for _ in range(60)]
    assert answers[:5] == [400] * 5
    assert answers[-1] == 429
    assert Wire(acme).redeem(app, code).status == 200


def end_membership(acme, app, family):
    Membership.objects.filter(user=acme.ana).update(suspended_at=timezone.now())


def end_account(acme, app, family):
    User.objects.filter(pk=acme.ana.pk).update(is_active=False)


def end_password(acme, app, family):
    User.objects.filter(pk=acme.ana.pk).update(tokens_not_before=timezone.now() + timedelta(seconds=1))


def end_consent(acme, app, family):
    granting.revoke(family.authorization, by=acme.ana)


def end_time(acme, app, family):
    type(family.authorization).objects.filter(pk=family.authorization_id).update(expires_at=timezone.now())


def end_family(acme, app, family):
    TokenFamily.objects.filter(pk=family.pk).update(ended_at=timezone.now())


def end_rights(acme, app, family):
    registration.amend_consumer(app.consumer, groups=[])


ENDINGS = [end_membership, end_account, end_password, end_consent, end_time, end_family]


@pytest.mark.rfc("6749", "5.2", "CG-13")
@pytest.mark.rfc("6749", "5.2", "RT-12")
@pytest.mark.rfc("9700", "4.14", "RT-13")
@pytest.mark.rfc("7662", "4", "IN-14")
@pytest.mark.parametrize("token_format", ["opaque", "jwt"])
@pytest.mark.parametrize("ending", ENDINGS)
def test_what_ends_between_ends_the_code_and_the_tokens(acme, ending, token_format):
    wire, app = Wire(acme), make_app(acme.tenant, token_format=token_format)
    family = make_yes(app, acme.ana)
    code, tokens = make_code(family), wire.redeem(app, make_code(family)).json()
    assert wire.is_active(app, tokens["access_token"])
    with tenant_scope(acme.tenant):
        ending(acme, app, family)
    assert_refused(wire.redeem(app, code))
    assert_refused(wire.refresh(app, tokens["refresh_token"]))
    assert not wire.is_active(app, tokens["access_token"])
    assert not wire.is_active(app, tokens["refresh_token"])


@pytest.mark.parametrize("ending", [registration.suspend_consumer, registration.delete_consumer])
def test_a_consumer_that_ends_between_is_unknown(wire, acme, app, ending):
    code = make_code(make_yes(app, acme.ana))
    with tenant_scope(acme.tenant):
        ending(app.consumer)
    assert wire.redeem(app, code).status == 401


@pytest.mark.rfc("9700", "2.3", "AZ-44")
@pytest.mark.rfc("9700", "2.3", "RT-14")
@pytest.mark.rfc("7662", "4", "IN-22")
@pytest.mark.parametrize("token_format", ["opaque", "jwt"])
def test_a_token_is_never_worth_more_than_the_person_and_the_app_may_now(acme, token_format):
    wire, app = Wire(acme), make_app(acme.tenant, "assets:view", "work_orders:view", token_format=token_format)
    group = may(acme.tenant, acme.ben, "assets:view", "work_orders:view")
    tokens = wire.redeem(app, make_code(make_yes(app, acme.ben))).json()
    with tenant_scope(acme.tenant):
        group.scopes = ["work_orders:view"]
        group.save()
    assert wire.introspect(app, tokens["access_token"]).json()["scope"] == "work_orders:view"
    fresh = wire.refresh(app, tokens["refresh_token"]).json()
    assert fresh["scope"] == "work_orders:view"
    with tenant_scope(acme.tenant):
        group.member_ties.all().delete()
    assert not wire.is_active(app, fresh["access_token"])
    assert_refused(wire.refresh(app, fresh["refresh_token"]))


@pytest.mark.rfc("7662", "4", "IN-22")
@pytest.mark.parametrize("token_format", ["opaque", "jwt"])
def test_a_token_that_only_remembers_the_person_is_worth_nothing(acme, token_format):
    """As at the next refresh: `offline_access`, `profile` and `email` are nothing without something to use."""
    wire, app = Wire(acme), make_app(acme.tenant, "assets:view", token_format=token_format)
    group = may(acme.tenant, acme.ben, "assets:view")
    tokens = wire.redeem(app, make_code(make_yes(app, acme.ben, "assets:view", "offline_access", "email"))).json()
    assert wire.is_active(app, tokens["access_token"])
    assert wire.is_active(app, tokens["refresh_token"])
    with tenant_scope(acme.tenant):
        group.member_ties.all().delete()
    assert not wire.is_active(app, tokens["access_token"])
    assert not wire.is_active(app, tokens["refresh_token"])
    assert_refused(wire.refresh(app, tokens["refresh_token"]))


@pytest.mark.rfc("6749", "5.2", "CG-14")
@pytest.mark.rfc("6749", "5.2", "RT-18")
def test_codes_and_tokens_are_of_one_company(acme, beta, door, app):
    wire, foreign = Wire(acme, door), make_app(beta.tenant)
    family = make_yes(app, acme.ana)
    tokens = wire.redeem(app, make_code(family)).json()
    code = make_code(family)
    assert_refused(Wire(beta, door).redeem(foreign, code))
    assert_refused(Wire(beta, door).refresh(foreign, tokens["refresh_token"]))
    assert Wire(beta, door).redeem(app, code).status == 401
    assert Wire(beta, door).introspect(foreign, tokens["access_token"]).json() == {"active": False}
    assert wire.redeem(app, code).status == 200


@pytest.mark.rfc("6749", "10.5", "CG-15")
@pytest.mark.rfc("6749", "6", "RT-16")
def test_a_code_is_no_other_token(wire, acme, app):
    family = make_yes(app, acme.ana)
    code, tokens = make_code(family), wire.redeem(app, make_code(family)).json()
    assert_refused(wire.refresh(app, code))
    assert_refused(wire.refresh(app, tokens["access_token"]))
    assert_refused(wire.redeem(app, tokens["refresh_token"]))
    assert not wire.is_active(app, code)
    assert wire.revoke(app, code).status == 200
    assert wire.redeem(app, code).status == 200


@pytest.mark.rfc("6749", "4.1.3", "CG-16")
def test_a_scope_at_the_token_endpoint_changes_nothing(wire, acme, app):
    code = make_code(make_yes(app, acme.ana, "assets:view"))
    assert wire.redeem(app, code, scope="assets:view assets:delete").json()["scope"] == "assets:view"


@pytest.mark.rfc("6749", "5.2", "grant of another kind")
def test_a_machine_redeems_nothing(wire, acme, app):
    machine = make_machine(acme.tenant)
    code = make_code(make_yes(app, acme.ana))
    answer = wire.post("token", {"grant_type": "authorization_code", "code": code}, machine=machine)
    assert_refused(answer, "unauthorized_client")


@pytest.mark.rfc("6749", "4.4", "CC-06")
@pytest.mark.rfc("6749", "5.2", "CC-07")
def test_an_app_for_people_gets_nothing_for_itself(wire, app, public_app):
    for one in (app, public_app):
        assert_refused(wire.app("token", one, {"grant_type": "client_credentials"}), "unauthorized_client")


def test_an_app_without_refresh_tokens_gets_none(wire, acme):
    app = make_app(acme.tenant, issues_refresh_tokens=False)
    body = wire.redeem(app, make_code(make_yes(app, acme.ana, "assets:view", "offline_access"))).json()
    assert "refresh_token" not in body
    assert body["scope"] == "assets:view"


def test_a_token_ends_no_later_than_the_person_wants(wire, acme, app):
    until = timezone.now() + timedelta(minutes=10)
    body = wire.redeem(app, make_code(make_yes(app, acme.ana, until=until))).json()
    assert 590 <= body["expires_in"] <= 600


@pytest.mark.rfc("OIDC Core", "3.1.3.3", "an ID token when openid was asked for")
@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_an_id_token_comes_with_openid(wire, acme, algorithm):
    app = make_app(acme.tenant, id_token_algorithm=algorithm)
    assert wire.redeem(app, make_code(make_yes(app, acme.ana, "openid"))).json()["id_token"].count(".") == 2
    assert "id_token" not in wire.redeem(app, make_code(make_yes(app, acme.ana, "assets:view"))).json()


@pytest.mark.rfc("8707", "2.2", "RI-05")
@pytest.mark.rfc("8707", "2", "RI-03")
@pytest.mark.rfc("8707", "2", "RI-01")
@pytest.mark.parametrize("token_format", ["opaque", "jwt"])
def test_a_token_is_for_the_api_that_was_agreed_to(acme, token_format):
    wire, app = Wire(acme), make_app(acme.tenant, token_format=token_format)
    api, other = (make_machine(acme.tenant, resource=f"https://{name}.example") for name in ("api", "other"))
    watcher = make_machine(acme.tenant, "authorizations:view")
    family = make_yes(app, acme.ana, resources=["https://api.example"])
    code = make_code(family)
    for wrong in ("https://other.example", f"{acme.tenant.issuer}/api", "not a uri", "https://api.example#x"):
        assert_refused(wire.redeem(app, code, resource=wrong), "invalid_target")
    token = wire.redeem(app, code, resource="https://api.example/").json()["access_token"]
    assert wire.introspect(app, token).json()["aud"] == "https://api.example"
    assert wire.introspect(api, token).json()["active"] is True
    assert wire.introspect(other, token).json() == {"active": False}
    assert wire.introspect(watcher, token).json() == {"active": False}
    own = wire.redeem(app, make_code(make_yes(app, acme.ana))).json()["access_token"]
    assert wire.introspect(watcher, own).json()["active"] is True
    assert wire.introspect(api, own).json() == {"active": False}


@pytest.mark.rfc("6749", "4.1.2", "CG-11")
def test_of_many_at_once_one_gets_tokens(acme, app):
    family = make_yes(app, acme.ana)
    code = make_code(family)
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: Wire(acme).redeem(app, code), range(20)))
    assert sorted(answer.status for answer in answers) == [200] + [400] * 19
    with tenant_scope(acme.tenant):
        assert RefreshToken.objects.filter(family=family).count() == 1
        assert AccessToken.objects.filter(family=family).count() == 1
    # Whoever came late with everything that belongs to it has replayed it.
    with tenant_scope(acme.tenant):
        family.refresh_from_db()
    assert family.ended_because == TokenFamily.End.CODE_REPLAYED


def test_the_same_request_sent_again_by_ourselves_is_no_replay(acme, app, lose_answer):
    lost = lose_answer(b"redeem")
    wire = Wire(acme)
    answer = wire.redeem(app, make_code(make_yes(app, acme.ana)))
    assert answer.status == 200
    assert wire.is_active(app, answer.json()["access_token"])
    assert len(lost) == 1
