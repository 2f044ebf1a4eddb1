"""OI and BR rows: what an app may know of the person its token speaks for (OpenID Connect Core §5.3)."""

import re

import pytest

from authorizations import granting
from authorizations.models import Authorization
from consumers import registration
from oauth import id_tokens, keys
from oauth.models import SigningKey
from oauth.postgres import Line
from oauth.store import way_in
from tenants import members
from tenants.context import tenant_scope
from tenants.models import Membership
from tests.cast import make_app, make_code, make_machine, make_yes, may
from tests.wire import Wire

ALL = ("openid", "profile", "email", "assets:view")


@pytest.fixture(params=["opaque", "jwt"])
def app(request, acme):
    return make_app(acme.tenant, "assets:view", token_format=request.param)


@pytest.fixture
def ben(acme):
    may(acme.tenant, acme.ben, "assets:view")
    return acme.ben


def tokens_of(wire, app, user, *scopes, **fields):
    answer = wire.redeem(app, make_code(make_yes(app, user, *scopes, **fields)))
    assert answer.status == 200, answer.body
    return answer.json()


def ask(wire, token, method="GET", **given):
    headers = {"Authorization": f"Bearer {token}"} if token is not None else {}
    return wire.send(method, wire.url("userinfo"), headers=headers | given.pop("headers", {}), **given)


@pytest.mark.rfc("OIDC Core", "5.3", "OI-12")
@pytest.mark.rfc("OIDC Core", "5.4", "OI-14")
@pytest.mark.rfc("6750", "2.3", "BR-13")
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_app_learns_what_the_person_agreed_to(wire, app, ben, method):
    ben.language = "pt-br"
    ben.save()
    given = tokens_of(wire, app, ben, *ALL)
    answer = ask(wire, given["access_token"], method)
    assert (answer.status, answer.header("Content-Type")) == (200, "application/json")
    assert answer.header("Cache-Control") == "no-store"
    assert answer.json() == {
        "sub": f"u_{ben.subject.hex}",
        "name": "Ben",
        "locale": "pt-BR",
        "email": ben.email,
        "email_verified": False,
    }


@pytest.mark.rfc("OIDC Core", "5.3.2", "OI-14")
def test_what_is_not_known_and_what_was_not_agreed_to_is_left_out(wire, app, ben):
    assert set(ask(wire, tokens_of(wire, app, ben, "openid")["access_token"]).json()) == {"sub"}
    ben.full_name = ben.language = ""
    ben.save()
    assert set(ask(wire, tokens_of(wire, app, ben, "openid", "profile")["access_token"]).json()) == {"sub"}


@pytest.mark.rfc("OIDC Core", "8.1", "OI-17")
def test_an_app_with_identifiers_of_its_own_sees_the_same_in_both_places(wire, acme, ben):
    seen = set()
    for app in (make_app(acme.tenant, "assets:view", pairwise_subject=True) for _ in range(2)):
        given = tokens_of(wire, app, ben, "openid")
        sub = ask(wire, given["access_token"]).json()["sub"]
        with tenant_scope(acme.tenant):
            assert id_tokens.subject_of_hint(given["id_token"]).subject == sub
        assert sub.isascii()
        assert len(sub) <= 255
        seen.add(sub)
    assert len(seen) == 2


@pytest.mark.rfc("OIDC Core", "5.3", "OI-03")
@pytest.mark.rfc("6750", "3.1", "BR-03")
def test_without_openid_nobody_learns_anything(wire, app, ben):
    given = tokens_of(wire, app, ben, "assets:view")
    assert "id_token" not in given
    answer = ask(wire, given["access_token"])
    assert (answer.status, answer.json()["error"]) == (403, "insufficient_scope")
    challenge = answer.header("WWW-Authenticate")
    assert 'error="insufficient_scope"' in challenge
    assert 'scope="openid"' in challenge


@pytest.mark.rfc("OIDC Core", "5.3", "CC-17")
def test_a_machine_speaks_for_nobody(wire, any_machine):
    answer = ask(wire, wire.issue(any_machine))
    assert (answer.status, answer.json()["error"]) == (403, "insufficient_scope")


@pytest.mark.rfc("6750", "3.1", "BR-01")
@pytest.mark.rfc("6750", "3", "BR-09")
@pytest.mark.rfc("2.1", "5.1", "BR-04")
@pytest.mark.parametrize("header", [None, "Basic Z2s6c2VjcmV0", "Digest x"])
def test_without_a_token_there_is_a_challenge_without_an_error(wire, app, ben, header):
    token = tokens_of(wire, app, ben, "openid")["access_token"]
    headers = {"Authorization": header} if header else {}
    answer = wire.send("GET", f"{wire.url('userinfo')}?access_token={token}", headers=headers)
    assert answer.status == 401
    assert answer.header("WWW-Authenticate").startswith("Bearer ")
    assert "error" not in answer.header("WWW-Authenticate")


@pytest.mark.rfc("OIDC Core", "5.3.3", "OI-13")
@pytest.mark.rfc("6750", "3.1", "BR-02")
@pytest.mark.rfc("6750", "2.1", "BR-07")
@pytest.mark.rfc("9110", "11.6.1", "BR-08")
@pytest.mark.parametrize(
    "token", ["", "garbage", "a b", "é", "a.b.c", "gate_at_" + "x" * 49, "x" * 9000, "gate_rt_x", '"', "\t"]
)
def test_a_bad_token_is_challenged(wire, token):
    answer = ask(wire, token)
    assert (answer.status, answer.json()["error"]) == (401, "invalid_token")
    assert re.fullmatch(r'Bearer (\w+="[^"]*")(, \w+="[^"]*")*', answer.header("WWW-Authenticate"))
    assert 'error="invalid_token"' in answer.header("WWW-Authenticate")


@pytest.mark.rfc("9110", "11.1", "BR-06")
def test_the_scheme_may_be_written_small(wire, app, ben):
    token = tokens_of(wire, app, ben, "openid")["access_token"]
    answer = wire.send("GET", wire.url("userinfo"), headers={"Authorization": f"bearer {token}"})
    assert answer.status == 200


@pytest.mark.rfc("6750", "2", "BR-05")
def test_a_token_travels_in_the_header_once(wire, app, ben):
    token = tokens_of(wire, app, ben, "openid")["access_token"]
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    twice = ask(wire, token, "POST", headers=form, body=f"access_token={token}".encode())
    assert (twice.status, twice.json()["error"]) == (400, "invalid_request")
    assert twice.header("WWW-Authenticate") == 'Bearer realm="oauth", error="invalid_request"'
    in_body = ask(wire, None, "POST", headers=form, body=f"access_token={token}".encode())
    assert in_body.status == 401
    beside = ask(wire, token, "POST", headers=form, body=b"schema=openid")
    assert beside.status == 200


@pytest.mark.rfc("6750", "2", "BR-10")
@pytest.mark.rfc("9068", "5", "AT-07")
def test_nothing_but_an_access_token_is_one(wire, app, ben):
    given = tokens_of(wire, app, ben, *ALL)
    code = make_code(make_yes(app, ben, *ALL))
    for other in (given["id_token"], given["refresh_token"], code):
        assert ask(wire, other).status == 401
    assert not wire.is_active(app, given["id_token"])
    with tenant_scope(app.consumer.tenant):
        assert id_tokens.subject_of_hint(given["access_token"]) is None


@pytest.mark.rfc("9068", "5", "AT-07")
def test_an_id_token_under_the_key_of_access_tokens_is_none_either(wire, acme, ben):
    """ES256 for both: only the type tells them apart."""
    app = make_app(acme.tenant, "assets:view", id_token_algorithm="ES256", token_format="jwt")
    given = tokens_of(wire, app, ben, *ALL)
    assert ask(wire, given["access_token"]).status == 200
    assert ask(wire, given["id_token"]).status == 401
    with tenant_scope(acme.tenant):
        assert id_tokens.subject_of_hint(given["id_token"]) is not None
        assert id_tokens.subject_of_hint(given["access_token"]) is None


def test_a_forged_signature_learns_nothing(wire, acme, ben):
    app = make_app(acme.tenant, "assets:view", token_format="jwt")
    head, body, signature = tokens_of(wire, app, ben, *ALL)["access_token"].split(".")
    assert ask(wire, f"{head}.{body}.{'A' * len(signature)}").status == 401
    with tenant_scope(acme.tenant):
        keys.ensure_all(acme.tenant)
        other = SigningKey.objects.get(algorithm="RS256")
    # Its own words under the company's other key.
    confused = keys.base64url(f'{{"typ":"at+jwt","alg":"ES256","kid":"{other.kid}"}}'.encode())
    private = keys.any_signing_key(acme.tenant.pk, other.kid, other.sealed)
    signed = keys.base64url(keys.sign(private, f"{confused}.{body}".encode()))
    assert ask(wire, f"{confused}.{body}.{signed}").status == 401


@pytest.mark.rfc("product", "TN", "BR-11")
def test_another_companys_token_is_unknown(wire, app, beta, ben):
    token = tokens_of(wire, app, ben, "openid")["access_token"]
    answer = ask(Wire(beta, wire.door), token)
    assert (answer.status, answer.json()["error"]) == (401, "invalid_token")


def suspend_member(acme, app, ben):
    members.suspend(Membership.objects.get(user=ben))


def revoke(acme, app, ben):
    granting.revoke(Authorization.objects.get(user=ben, consumer=app.consumer))


def suspend_consumer(acme, app, ben):
    registration.suspend_consumer(app.consumer)


def deactivate(acme, app, ben):
    ben.is_active = False
    ben.save()


def change_password(acme, app, ben):
    from django.utils import timezone

    ben.tokens_not_before = timezone.now()
    ben.save()


def run_out(acme, app, ben):
    from django.utils import timezone

    Authorization.objects.filter(user=ben).update(expires_at=timezone.now())


@pytest.mark.parametrize("end", [suspend_member, revoke, suspend_consumer, deactivate, change_password, run_out])
def test_a_token_is_worth_nothing_once_what_it_hangs_on_ends(wire, acme, app, ben, end):
    token = tokens_of(wire, app, ben, *ALL)["access_token"]
    assert ask(wire, token).status == 200
    with tenant_scope(acme.tenant):
        end(acme, app, ben)
    answer = ask(wire, token)
    assert (answer.status, answer.json()["error"]) == (401, "invalid_token")


@pytest.mark.rfc("7009", "3", "RV-15")
def test_a_token_given_back_learns_nothing(wire, app, ben):
    token = tokens_of(wire, app, ben, *ALL)["access_token"]
    assert wire.revoke(app, token).status == 200
    assert ask(wire, token).status == 401


def test_a_token_for_another_api_learns_nothing(wire, acme, app, ben):
    make_machine(acme.tenant, "assets:view", resource="https://api.example/")
    token = tokens_of(wire, app, ben, *ALL, resources=["https://api.example/"])["access_token"]
    assert ask(wire, token).status in (401, 403)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_other_methods_are_refused(wire, method):
    answer = ask(wire, "x", method)
    assert (answer.status, answer.header("Allow")) == (405, "GET, HEAD, POST, OPTIONS")


def test_it_is_throttled_like_the_others(wire, acme, app, ben, settings, monkeypatch):
    token = tokens_of(wire, app, ben, *ALL)["access_token"]
    monkeypatch.setattr(way_in, "leases", way_in.Leases())
    settings.GATEHOUSE_CONSUMER_BURST, settings.GATEHOUSE_CONSUMER_PER_MINUTE = 3, 1
    asking, elsewhere = Wire(acme, wire.door), Wire(acme, wire.door)
    answers = [ask(asking, token) for _ in range(5)]
    assert [answer.status for answer in answers] == [200] * 3 + [429] * 2
    assert answers[-1].json()["error"] == "temporarily_unavailable"
    assert int(answers[-1].header("Retry-After")) >= 1
    assert answers[-1].header("Cache-Control") == "no-store"
    # A token that is none of ours by its looks never gets as far as the database.
    assert ask(asking, "garbage").status == 401
    assert ask(elsewhere, token).status == 200


def test_it_costs_one_statement_beside_the_throttle(wire, app, ben, monkeypatch):
    token, sent, send = tokens_of(wire, app, ben, *ALL)["access_token"], [], Line._send
    monkeypatch.setattr(way_in, "leases", way_in.Leases())

    def record(line, asked):
        sent.append(asked.statement.name.decode())
        return send(line, asked)

    monkeypatch.setattr(Line, "_send", record)
    assert ask(wire, token).status == 200
    assert sent == ["throttle", "learn" if token.startswith("gate_") else "learn_signed"]
