"""Who comes with a code and as whom, what a failed authentication leaves as it was, and what a token says of people."""

import json
import logging

import pytest
from django.test import Client

from authorizations.models import Authorization
from oauth import keys, postgres, store
from tenants.context import tenant_scope
from tenants.models import Membership
from tests.cast import VERIFIER, App, make_app, make_code, make_yes, may
from tests.wire import Wire, basic


@pytest.mark.rfc("2.1", "7.5.3", "CA-22")
def test_a_wrong_secret_does_not_burn_the_code(wire, acme, app):
    code = make_code(make_yes(app, acme.ana))
    refused = wire.redeem(App(app.consumer, "gate_sec_wrong"), code)
    assert (refused.status, refused.json()["error"]) == (401, "invalid_client")
    assert wire.redeem(app, code).status == 200


@pytest.mark.rfc("7591", "2", "CA-14")
def test_a_public_app_with_a_secret_it_made_up_is_refused(wire, acme, public_app):
    code = make_code(make_yes(public_app, acme.ana))
    fields = {"grant_type": "authorization_code", "code": code, "code_verifier": VERIFIER}
    in_the_header = wire.post("token", fields, headers=basic(public_app.key, "made up"))
    in_the_body = wire.post("token", {**fields, "client_id": public_app.key, "client_secret": "made up"})
    for answer in (in_the_header, in_the_body):
        assert (answer.status, answer.json()["error"]) == (401, "invalid_client")
    assert wire.redeem(public_app, code).status == 200


@pytest.mark.rfc("6749", "4.1.3", "CG-09")
def test_a_public_app_must_say_which_it_is(wire, acme, public_app):
    code = make_code(make_yes(public_app, acme.ana))
    answer = wire.post("token", {"grant_type": "authorization_code", "code": code, "code_verifier": VERIFIER})
    assert (answer.status, answer.json()["error"]) == (401, "invalid_client")
    assert wire.redeem(public_app, code).status == 200


@pytest.mark.rfc("9068", "6", "AT-09")
@pytest.mark.rfc("9068", "2.2.3.1", "AT-06")
def test_a_signed_token_says_nothing_of_the_person(wire, acme):
    app = make_app(acme.tenant, token_format="jwt")
    scopes = ("openid", "profile", "email", "assets:view")
    token = wire.redeem(app, make_code(make_yes(app, acme.ana, *scopes))).json()["access_token"]
    claims = json.loads(keys.from_base64url(token.split(".")[1]))
    known = {"iss", "sub", "aud", "client_id", "iat", "exp", "jti", "scope", "authorization_id", "family_id"}
    assert claims.keys() == known
    assert not any(word in str(claims) for word in (acme.ana.email, acme.ana.full_name))


@pytest.mark.rfc("MCP", "Scope Challenge Handling", "MCP-13")
def test_an_app_that_lacks_a_scope_asks_again_and_keeps_what_it_had(wire, acme):
    app = make_app(acme.tenant, "assets:view", "consumers:view")

    def ask(*scopes):
        return wire.redeem(app, make_code(make_yes(app, acme.ana, *scopes))).json()["access_token"]

    def read(token):
        headers = {"Authorization": f"Bearer {token}"}
        return Client().get(f"{acme.path}/api/v1/consumers", headers=headers)

    refused = read(ask("assets:view"))
    assert (refused.status_code, 'scope="consumers:view"' in refused["WWW-Authenticate"]) == (403, True)
    wider = ask("assets:view", "consumers:view")
    assert read(wider).status_code == 200
    assert wire.introspect(app, wider).json()["scope"] == "assets:view consumers:view"


@pytest.mark.rfc("Gatehouse", "Multi-tenant", "TN-03")
def test_in_two_companies_a_person_says_two_things(acme, beta):
    with tenant_scope(beta.tenant):
        Membership.objects.create(user=acme.ben, role="member")
    told = {}
    for company in (acme, beta):
        app = make_app(company.tenant, "assets:view", key="gk_an_app_that_is_in_both")
        may(company.tenant, acme.ben, "assets:view")
        wire = Wire(company)
        tokens = wire.redeem(app, make_code(make_yes(app, acme.ben))).json()
        told[company.slug] = wire.introspect(app, tokens["access_token"]).json()
        other = Wire(beta if company is acme else acme)
        assert other.refresh(app, tokens["refresh_token"]).status in {400, 401}
        with tenant_scope(company.tenant):
            assert Authorization.objects.filter(user=acme.ben).count() == 1
    assert [told[company.slug]["iss"] for company in (acme, beta)] == [acme.tenant.issuer, beta.tenant.issuer]
    assert all(one["aud"] == f"{one['iss']}/api" for one in told.values())


@pytest.mark.rfc("6749", "10.3", "CA-26")
@pytest.mark.rfc("6750", "5.3", "BR-14")
def test_no_code_or_token_is_in_the_log_whatever_goes_wrong(wire, acme, app, caplog, capsys, monkeypatch):
    def broken(*arguments):
        raise ZeroDivisionError

    caplog.set_level(logging.DEBUG)
    code = make_code(make_yes(app, acme.ana, "openid", "assets:view"))
    given = wire.redeem(app, code).json()
    bearer = {"Authorization": f"Bearer {given['access_token']}"}
    assert wire.send("GET", f"{wire.url('userinfo')}?access_token={code}", headers=bearer).status == 200
    for name in ("redeem", "refresh", "end_family"):
        monkeypatch.setattr(store, name, broken)
    assert wire.refresh(app, given["refresh_token"]).status == 503
    assert wire.redeem(app, code).status == 503
    written = caplog.text + "".join(capsys.readouterr())
    assert "ZeroDivisionError" in written
    for secret in (code, VERIFIER, app.secret, *(given[f"{kind}_token"] for kind in ("access", "refresh", "id"))):
        assert secret not in written


@pytest.mark.rfc("6749", "4.1.2", "CG-02")
def test_a_replay_that_could_not_end_the_family_ends_it_next_time(acme, app, monkeypatch):
    """The database refuses in the middle: 503, and nothing is forgotten."""
    wire, line_ask, left = Wire(acme), postgres.Line.ask, [True]
    code = make_code(make_yes(app, acme.ana))
    given = wire.redeem(app, code).json()

    def refuse(line, *asked):
        if asked[-1].statement.name == b"end_family" and left:
            left.pop()
            raise postgres.Refused(b"55P03", "canceling statement due to lock timeout")
        return line_ask(line, *asked)

    monkeypatch.setattr(postgres.Line, "ask", refuse)
    assert wire.redeem(app, code).status == 503
    assert wire.redeem(app, code).status == 400
    assert not wire.is_active(app, given["access_token"])


@pytest.mark.rfc("practice", "retries", "RT-11")
def test_a_refresh_whose_answer_the_database_kept_can_be_asked_for_again(acme, app, monkeypatch):
    """Done, but not told in time: 503, and the next try gets the same successor."""
    wire, line_ask, left = Wire(acme), postgres.Line.ask, [True]
    given = wire.redeem(app, make_code(make_yes(app, acme.ana))).json()

    def late(line, *asked):
        found = line_ask(line, *asked)
        if asked[0].statement.name == b"refresh" and left:
            left.pop()
            raise postgres.TooSlow("no answer in time")
        return found

    monkeypatch.setattr(postgres.Line, "ask", late)
    assert wire.refresh(app, given["refresh_token"]).status == 503
    again = wire.refresh(app, given["refresh_token"])
    assert again.status == 200
    assert wire.refresh(app, again.json()["refresh_token"]).status == 200
