"""DV rows at the token endpoint."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db.models import F
from django.utils import timezone

from accounts.signing_in import ONE_FACTOR, SignIn
from authorizations import granting, requests
from authorizations.models import AccessToken, DeviceCode, RefreshToken
from consumers import registration
from consumers.models import Consumer
from tenants.context import tenant_scope
from tenants.models import AuditEvent, Membership
from tests.cast import make_app, make_machine, may
from tests.wire import Wire

GRANT = "urn:ietf:params:oauth:grant-type:device_code"


@pytest.fixture(params=["confidential", "public"])
def app(request, acme):
    may(acme.tenant, acme.ben, "assets:view")
    return make_app(acme.tenant, public=request.param == "public", allows_device_flow=True)


def ask(wire, app, **fields):
    answer = wire.app("device_authorization", app, fields)
    assert answer.status == 200, answer.body
    return answer.json()["device_code"]


def poll(wire, app, code, **fields):
    return wire.app("token", app, {"grant_type": GRANT, "device_code": code, **fields})


def refused(answer, error, status=400):
    assert (answer.status, answer.json()["error"]) == (status, error), answer.body
    assert answer.header("Cache-Control") == "no-store"


def about(company, **changes):
    """The only device of the company, changed in the database."""
    with tenant_scope(company.tenant):
        if changes:
            DeviceCode.objects.update(**changes)
        return DeviceCode.objects.select_related("consumer").get()


def wait(company):
    about(company, polled_at=F("polled_at") - timedelta(minutes=1))


def decide(company, user, *, allow=True):
    device = about(company)
    with tenant_scope(company.tenant):
        kept = requests.keep(
            device.consumer, browser="", device_code=device, scopes=device.scopes, resources=device.resources
        )
        if not allow:
            return granting.deny(kept, user=user)
        membership = Membership.objects.select_related("user").get(user=user)
        sign_in = SignIn(timezone.now(), ["pwd"], ONE_FACTOR, "sid")
        return granting.grant(kept, membership=membership, scopes=kept.scopes, sign_in=sign_in)


def count(company, model):
    with tenant_scope(company.tenant):
        return model.objects.count()


@pytest.mark.rfc("8628", "3.5", "DV-02")
@pytest.mark.rfc("8628", "3.5", "DV-03")
def test_until_the_person_answers_it_waits_and_who_hurries_waits_longer(wire, acme, app):
    code = ask(wire, app)
    refused(poll(wire, app, code), "authorization_pending")
    refused(poll(wire, app, code), "slow_down")
    refused(poll(wire, app, code), "slow_down")
    assert about(acme).interval_seconds == 15
    about(acme, polled_at=timezone.now() - timedelta(seconds=10))
    refused(poll(wire, app, code), "slow_down")
    about(acme, polled_at=timezone.now() - timedelta(seconds=20))
    refused(poll(wire, app, code), "authorization_pending")
    assert about(acme).interval_seconds == 20


def test_waiting_is_no_failure_of_the_app(wire, acme, app):
    code = ask(wire, app)
    poll(wire, app, code)
    poll(wire, app, code)
    with tenant_scope(acme.tenant):
        assert not AuditEvent.objects.filter(verb="consumer.refused").exists()


@pytest.mark.rfc("8628", "3.5", "DV-03")
def test_of_many_polls_at_once_one_is_not_too_fast(acme, app):
    wire = Wire(acme)
    code = ask(wire, app)
    with ThreadPoolExecutor(8) as pool:
        said = [answer.json()["error"] for answer in pool.map(lambda _: poll(Wire(acme), app, code), range(8))]
    assert sorted(said) == ["authorization_pending", *["slow_down"] * 7]
    assert about(acme).interval_seconds == 5 + 7 * 5


@pytest.mark.rfc("8628", "3.5", "DV-04")
def test_a_code_expires_answered_or_not(wire, acme, app):
    code = ask(wire, app)
    about(acme, expires=timezone.now() - timedelta(seconds=1))
    refused(poll(wire, app, code), "expired_token")
    about(acme, expires=timezone.now() + timedelta(minutes=1))
    decide(acme, acme.ben)
    about(acme, expires=timezone.now() - timedelta(seconds=1))
    refused(poll(wire, app, code), "expired_token")
    assert count(acme, AccessToken) == 0


@pytest.mark.rfc("8628", "3.5", "DV-05")
def test_a_no_is_told_every_time(wire, acme, app):
    code = ask(wire, app)
    decide(acme, acme.ben, allow=False)
    refused(poll(wire, app, code), "access_denied")
    refused(poll(wire, app, code), "access_denied")


@pytest.mark.rfc("6749", "5.1", "DV-06")
def test_a_yes_gives_the_tokens_once(wire, acme, app):
    code = ask(wire, app, scope="openid offline_access assets:view")
    decide(acme, acme.ben)
    answer = poll(wire, app, code)
    assert answer.status == 200, answer.body
    body = answer.json()
    assert set(body) == {"access_token", "token_type", "expires_in", "scope", "refresh_token", "id_token"}
    assert body["scope"] == "assets:view offline_access openid"
    assert (answer.header("Cache-Control"), answer.header("Pragma")) == ("no-store", "no-cache")
    refused(poll(wire, app, code), "invalid_grant")
    assert count(acme, AccessToken) == count(acme, RefreshToken) == 1
    server = make_machine(acme.tenant, "authorizations:view")
    assert wire.is_active(server, body["access_token"])
    assert wire.refresh(app, body["refresh_token"]).status == 200


@pytest.mark.rfc("6749", "5.1", "DV-06")
def test_of_many_that_come_for_the_tokens_at_once_one_gets_them(acme, app):
    code = ask(Wire(acme), app)
    decide(acme, acme.ben)
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: poll(Wire(acme), app, code), range(16)))
    assert sorted(answer.status for answer in answers) == [200, *[400] * 15]
    assert {answer.json().get("error") for answer in answers} == {None, "invalid_grant"}
    assert count(acme, AccessToken) == count(acme, RefreshToken) == 1


def test_a_device_that_lost_the_answer_begins_anew_and_ends_nothing(wire, acme, app):
    """A code is redeemed once; who polls on is no thief, so what the first poll got lives."""
    code = ask(wire, app)
    decide(acme, acme.ben)
    body = poll(wire, app, code).json()
    for _ in range(2):
        refused(poll(wire, app, code), "invalid_grant")
    server = make_machine(acme.tenant, "authorizations:view")
    assert wire.is_active(server, body["access_token"])
    assert wire.refresh(app, body["refresh_token"]).status == 200
    with tenant_scope(acme.tenant):
        assert not AuditEvent.objects.filter(verb__startswith="authorization.code").exists()


@pytest.mark.parametrize("token_format", ["opaque", "jwt"])
def test_the_same_poll_sent_again_by_ourselves_gets_the_tokens(acme, lose_answer, token_format):
    may(acme.tenant, acme.ben, "assets:view")
    app = make_app(acme.tenant, allows_device_flow=True, token_format=token_format)
    wire = Wire(acme)
    code = ask(wire, app)
    decide(acme, acme.ben)
    lost = lose_answer(b"device_poll")
    answer = poll(wire, app, code)
    assert answer.status == 200, answer.body
    assert len(lost) == 1
    assert wire.is_active(make_machine(acme.tenant, "authorizations:view"), answer.json()["access_token"])
    assert wire.refresh(app, answer.json()["refresh_token"]).status == 200


def test_signed_tokens_come_the_same_way(wire, acme):
    may(acme.tenant, acme.ben, "assets:view")
    app = make_app(acme.tenant, allows_device_flow=True, token_format="jwt")
    code = ask(wire, app, scope="openid assets:view")
    decide(acme, acme.ben)
    body = poll(wire, app, code).json()
    assert body["access_token"].count(".") == 2
    refused(poll(wire, app, code), "invalid_grant")


@pytest.mark.rfc("8628", "3.4", "DV-07")
def test_another_apps_code_is_unknown_and_stays_good(wire, acme, app):
    other = make_app(acme.tenant, allows_device_flow=True)
    code = ask(wire, app)
    decide(acme, acme.ben)
    refused(poll(wire, other, code), "invalid_grant")
    assert poll(wire, app, code).status == 200


def test_another_companys_app_is_unknown(wire, acme, beta, door, app):
    code = ask(wire, app)
    refused(poll(Wire(beta, door), app, code), "invalid_client", 401)
    stranger = make_app(beta.tenant, allows_device_flow=True)
    refused(poll(Wire(beta, door), stranger, code), "invalid_grant")


@pytest.mark.parametrize("code", ["gate_dc_made-up", "gate_ac_x", "x" * 9000, "é"])
def test_a_made_up_code_is_unknown(wire, app, code):
    refused(poll(wire, app, code), "invalid_grant")


def test_a_code_must_be_sent_and_only_once(wire, app):
    refused(wire.app("token", app, {"grant_type": GRANT}), "invalid_request")
    twice = f"grant_type={GRANT}&device_code=a&device_code=b&client_id={app.key}&client_secret={app.secret}"
    refused(wire.post("token", twice.encode()), "invalid_request")


@pytest.mark.rfc("6749", "5.2", "DV-08")
def test_an_app_that_is_not_for_devices_any_more_gets_nothing(wire, acme, app):
    code = ask(wire, app)
    decide(acme, acme.ben)
    with tenant_scope(acme.tenant):
        Consumer.objects.update(allows_device_flow=False)
    refused(poll(wire, app, code), "unauthorized_client")
    refused(poll(wire, make_machine(acme.tenant), code), "unauthorized_client")
    with tenant_scope(acme.tenant):
        registration.suspend_consumer(Consumer.objects.get(pk=app.consumer.pk))
    refused(poll(wire, app, code), "invalid_client", 401)


def test_an_authorization_revoked_before_the_device_came_back_gives_nothing(wire, acme, app):
    code = ask(wire, app)
    family = decide(acme, acme.ben)
    with tenant_scope(acme.tenant):
        granting.revoke(family.authorization, by=acme.ana)
    refused(poll(wire, app, code), "invalid_grant")


@pytest.mark.rfc("8707", "2.2", "RI-03")
@pytest.mark.rfc("8707", "2.2", "RI-05")
def test_its_tokens_are_for_the_apis_that_were_agreed_to(wire, acme, app):
    make_machine(acme.tenant, resource="https://meters.example")
    server = make_machine(acme.tenant, "authorizations:view", resource="https://pumps.example")
    code = ask(wire, app, resource="https://pumps.example")
    decide(acme, acme.ben)
    refused(poll(wire, app, code, resource="https://meters.example"), "invalid_target")
    refused(poll(wire, app, code, resource="pumps"), "invalid_target")
    body = poll(wire, app, code, resource="https://pumps.example").json()
    assert wire.introspect(server, body["access_token"]).json()["aud"] == "https://pumps.example"
