"""CA rows: client authentication, alike at token, introspection and revocation."""

import statistics
import time
from base64 import b64encode
from datetime import timedelta

import pytest
from django.utils import timezone

from consumers import credentials, registration
from consumers.models import Consumer, ConsumerSecret
from tenants.context import tenant_scope
from tests.cast import Machine, make_app, make_machine
from tests.wire import Wire, basic, some_address

GRANT = {"grant_type": "client_credentials"}
REFUSED = {
    "error": "invalid_client",
    "error_description": "Client authentication failed. Check the key and the secret.",
}
ENDPOINTS = ["token", "introspect", "revoke", "device_authorization"]


def assert_refused(answer):
    assert (answer.status, answer.json()) == (401, REFUSED)
    assert answer.header("WWW-Authenticate") == 'Basic realm="oauth", charset="UTF-8"'


@pytest.mark.rfc("6749", "5.2", "CA-01")
@pytest.mark.rfc("6749", "10.10", "CA-02")
@pytest.mark.rfc("7009", "2.1", "RV-05")
@pytest.mark.rfc("7009", "2.2.1", "RV-06")
@pytest.mark.rfc("7662", "2.1", "IN-05")
@pytest.mark.rfc("7662", "2.3", "IN-06")
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_unknown_wrong_and_nobody_get_the_same_bytes(wire, machine, endpoint):
    fields = {**GRANT, "token": "x"}
    unknown = wire.post(endpoint, fields, machine=Machine(machine.consumer, "x"), headers=basic("gk_nobody", "x"))
    wrong = wire.post(endpoint, fields, machine=Machine(machine.consumer, machine.secret[:-1]))
    nobody = wire.post(endpoint, fields)
    assert_refused(unknown)
    assert unknown.body == wrong.body == nobody.body
    same = [{name: value for name, value in answer.headers.items() if name != "x-request-id"}
        for answer in (unknown, wrong, nobody)]  # fmt: skip
    assert same[0] == same[1] == same[2]


@pytest.mark.rfc("6749", "2.3.1", "CA-03")
def test_a_wrong_secret_in_the_body_is_refused(wire, machine):
    assert_refused(wire.post("token", {**GRANT, "client_id": machine.key, "client_secret": "wrong"}))


@pytest.mark.rfc("6749", "2.3.1", "client_secret_post works")
def test_the_secret_may_come_in_the_body(wire, machine):
    answer = wire.post("token", {**GRANT, "client_id": machine.key, "client_secret": machine.secret})
    assert answer.status == 200


@pytest.mark.rfc("6749", "3.2.1", "CA-04")
@pytest.mark.rfc("7662", "4", "IN-10")
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_key_without_a_secret_is_refused(wire, machine, endpoint):
    assert_refused(wire.post(endpoint, {**GRANT, "token": "x", "client_id": machine.key}))


@pytest.mark.rfc("6749", "5.2", "CA-05")
def test_no_credentials_at_all_are_refused(wire):
    assert_refused(wire.post("token", GRANT))


@pytest.mark.rfc("6749", "2.3", "CA-06")
def test_two_ways_at_once_are_one_too_many(wire, machine):
    answer = wire.post("token", {**GRANT, "client_secret": machine.secret}, machine=machine)
    assert (answer.status, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.rfc("6749", "2.3", "CA-07")
def test_header_and_body_must_name_the_same_client(wire, acme, machine):
    other = make_machine(acme.tenant, "assets:view")
    answer = wire.post("token", {**GRANT, "client_id": other.key}, machine=machine)
    assert (answer.status, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.rfc("6749", "2.3", "CA-08")
def test_the_body_may_repeat_the_key_of_the_header(wire, machine):
    assert wire.token(machine, client_id=machine.key).status == 200


@pytest.mark.rfc("7617", "2", "CA-09")
@pytest.mark.rfc("7617", "2", "CA-10")
@pytest.mark.parametrize(
    "value",
    ["!!!notbase64", b64encode(b"no-colon").decode(), "", b64encode(b"\xff\xfe:\xff").decode(), "é", "a b c", "===="],
)
def test_a_broken_basic_header_is_an_unknown_client(wire, value):
    assert_refused(wire.post("token", GRANT, headers={"Authorization": f"Basic {value}"}))


@pytest.mark.rfc("6749", "2.3.1", "CA-11")
def test_key_and_secret_are_form_encoded_in_the_header(wire, acme, machine):
    key, secret = "key :+%&=@/ é", "secret :+%&=@/ é"
    with tenant_scope(acme.tenant):
        Consumer.objects.filter(pk=machine.consumer.pk).update(client_id=key)
        ConsumerSecret.objects.filter(consumer=machine.consumer).update(digest=credentials.digest(secret))
    assert wire.post("token", GRANT, headers=basic(key, secret)).status == 200
    assert wire.post("token", {**GRANT, "client_id": key, "client_secret": secret}).status == 200


@pytest.mark.rfc("9110", "11.1", "CA-12")
def test_the_scheme_may_be_written_small(wire, machine):
    header = basic(*machine.auth)["Authorization"].replace("Basic", "basic")
    assert wire.post("token", GRANT, headers={"Authorization": header}).status == 200


@pytest.mark.rfc("6749", "5.2", "CA-13")
@pytest.mark.parametrize("header", ["Bearer x", "Digest x", "Basic", "x"])
def test_other_schemes_are_refused(wire, header):
    assert_refused(wire.post("token", GRANT, headers={"Authorization": header}))


@pytest.mark.rfc("6749", "2.3.1", "CA-15")
def test_an_empty_secret_is_refused(wire, machine):
    assert_refused(wire.post("token", GRANT, headers=basic(machine.key, "")))


@pytest.mark.rfc("6749", "2.3.1", "CA-15")
@pytest.mark.parametrize("endpoint", ["token", "revoke", "device_authorization"])
def test_a_public_app_may_send_an_empty_secret_and_is_no_more_for_it(wire, acme, endpoint):
    app = make_app(acme.tenant, public=True, allows_device_flow=True)
    other = make_app(acme.tenant)
    given = {"grant_type": "refresh_token", "token": "x", "refresh_token": "x"}
    status = 400 if endpoint == "token" else 200
    for answer in (
        wire.post(endpoint, given, headers=basic(app.key, "")),
        wire.post(endpoint, {**given, "client_id": app.key, "client_secret": ""}),
        wire.post(endpoint, {**given, "client_id": app.key}, headers=basic(app.key, "")),
    ):
        assert answer.status == status, answer.body
        assert answer.json().get("error") == ("invalid_grant" if endpoint == "token" else None)
    assert_refused(wire.post("introspect", given, headers=basic(app.key, "")))
    assert_refused(wire.post(endpoint, given, headers=basic(other.key, "")))


@pytest.mark.rfc("7591", "2", "CA-16")
def test_a_pinned_method_is_the_only_one(wire, acme):
    only_basic = make_machine(acme.tenant, token_endpoint_auth_method="client_secret_basic")
    only_post = make_machine(acme.tenant, token_endpoint_auth_method="client_secret_post")
    assert wire.token(only_basic).status == 200
    assert_refused(wire.post("token", {**GRANT, "client_id": only_basic.key, "client_secret": only_basic.secret}))
    assert wire.post("token", {**GRANT, "client_id": only_post.key, "client_secret": only_post.secret}).status == 200
    assert_refused(wire.token(only_post))


@pytest.mark.rfc("6749", "5.2", "CA-17")
@pytest.mark.parametrize("ending", [registration.suspend_consumer, registration.delete_consumer])
def test_a_suspended_or_deleted_consumer_is_unknown_at_once(wire, acme, machine, ending):
    assert wire.token(machine).status == 200
    with tenant_scope(acme.tenant):
        ending(machine.consumer)
    assert_refused(wire.token(machine))


def test_a_resumed_consumer_is_known_again(wire, acme, machine):
    with tenant_scope(acme.tenant):
        registration.suspend_consumer(machine.consumer)
        registration.resume_consumer(machine.consumer)
    assert wire.token(machine).status == 200


@pytest.mark.rfc("6749", "2.3", "CA-18")
def test_a_retired_secret_ends_and_its_successor_works(wire, acme, machine):
    with tenant_scope(acme.tenant):
        _, minted = registration.add_secret(machine.consumer, name="second")
    assert wire.token(machine).status == 200
    assert wire.token(Machine(machine.consumer, minted.shown)).status == 200
    with tenant_scope(acme.tenant):
        registration.retire_secret(machine.consumer.secrets.get(name="default"))
    assert_refused(wire.token(machine))
    assert wire.token(Machine(machine.consumer, minted.shown)).status == 200


@pytest.mark.rfc("7591", "3.2.1", "CA-19")
def test_an_expired_secret_is_refused(wire, acme, machine):
    with tenant_scope(acme.tenant):
        machine.consumer.secrets.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert_refused(wire.token(machine))


@pytest.mark.rfc("6749", "10.10", "CA-21")
def test_unknown_and_wrong_take_the_same_statement(acme, machine):
    wire = Wire(acme)
    samples = {"unknown": [], "wrong": []}
    for number in range(40):
        for name, key in (("unknown", f"gk_nobody{number}"), ("wrong", machine.key)):
            wire.address = some_address()
            started = time.perf_counter()
            assert_refused(wire.post("token", GRANT, headers=basic(key, "gate_sec_wrong")))
            samples[name].append(time.perf_counter() - started)
    unknown, wrong = statistics.median(samples["unknown"]), statistics.median(samples["wrong"])
    # No slow hash on one side only: those cost a hundred times this.
    assert abs(unknown - wrong) < 0.02


@pytest.mark.rfc("6749", "10.10", "CA-21")
def test_a_key_alone_takes_as_long_whether_anybody_has_it_or_not(acme, machine):
    """A public app's, a confidential consumer's, nobody's: one statement each."""
    app, wire = make_app(acme.tenant, public=True), Wire(acme)
    samples = {"nobody": [], app.key: [], machine.key: []}
    for number in range(30):
        for name, found in samples.items():
            wire.address = some_address()
            fields = {"grant_type": "refresh_token", "refresh_token": f"gate_rt_{number}", "client_id": name}
            started = time.perf_counter()
            assert wire.post("token", fields).status == (400 if name == app.key else 401)
            found.append(time.perf_counter() - started)
    middles = [statistics.median(found) for found in samples.values()]
    assert max(middles) - min(middles) < 0.02


@pytest.mark.rfc("6749", "2.3.1", "CA-23")
@pytest.mark.parametrize("change", [str.upper, str.lower, lambda secret: f" {secret}", lambda secret: f"{secret} "])
def test_a_secret_is_taken_letter_by_letter(wire, machine, change):
    assert_refused(wire.token(Machine(machine.consumer, change(machine.secret))))


@pytest.mark.rfc("OAuth 2.1", "multi-tenant", "CA-25")
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_another_company_does_not_know_the_consumer(acme, beta, door, machine, endpoint):
    wire = Wire(beta, door)
    fields = {**GRANT, "token": "x"}
    foreign = wire.post(endpoint, fields, machine=machine)
    assert_refused(foreign)
    assert foreign.body == wire.post(endpoint, fields, headers=basic("gk_nobody", "x")).body


@pytest.mark.rfc("6749", "10.3", "CA-26")
def test_secrets_and_tokens_stay_out_of_the_log(wire, machine, caplog, capsys):
    token = wire.issue(machine)
    wire.introspect(machine, token)
    wire.revoke(machine, token)
    wire.post("token", {**GRANT, "client_id": machine.key, "client_secret": machine.secret + "x"})
    written = caplog.text + "".join(capsys.readouterr())
    assert machine.secret not in written
    assert token not in written
