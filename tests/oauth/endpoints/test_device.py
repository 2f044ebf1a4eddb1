"""DV rows at the device authorization endpoint."""

import re

import pytest

from authorizations import devices
from authorizations.models import DeviceCode
from consumers import credentials, registration
from tenants.context import tenant_scope
from tests.cast import make_app, make_machine
from tests.wire import Wire


@pytest.fixture
def app(acme):
    return make_app(acme.tenant, name="Terminal", allows_device_flow=True)


def ask(wire, app, headers=None, **fields):
    return wire.post("device_authorization", fields, machine=app, headers=headers)


def rows(company):
    with tenant_scope(company.tenant):
        return list(DeviceCode.objects.all())


def suspend(company, app):
    with tenant_scope(company.tenant):
        registration.suspend_consumer(app.consumer)


def refused(answer, status, error):
    assert (answer.status, answer.json()["error"]) == (status, error), answer.body


@pytest.mark.rfc("8628", "3.2", "DV-01")
def test_a_device_gets_its_codes(wire, acme, app):
    answer = ask(wire, app, headers={"User-Agent": "acme-cli/2 \x07"}, scope="openid assets:view")
    assert answer.status == 200, answer.body
    assert answer.header("Cache-Control") == "no-store"
    assert answer.header("Content-Type") == "application/json"
    body = answer.json()
    code = body["user_code"]
    page = f"{acme.tenant.issuer}/device/"
    assert body == {
        "device_code": body["device_code"],
        "user_code": code,
        "verification_uri": page,
        "verification_uri_complete": f"{page}?user_code={code}",
        "expires_in": 900,
        "interval": 5,
    }
    assert re.fullmatch("[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}", code)
    assert credentials.is_well_formed(body["device_code"], "gate_dc_")
    (row,) = rows(acme)
    assert (row.scopes, row.resources, row.address, row.agent) == (
        ["assets:view", "openid"], [], wire.address, "acme-cli/2 ",
    )  # fmt: skip
    assert (row.expires - row.created_at).total_seconds() == 900
    # Digests only.
    assert bytes(row.device_checksum) == credentials.halved(credentials.digest(body["device_code"]))
    assert bytes(row.user_code_checksum) == devices.digest(code.replace("-", ""))


def test_without_a_scope_it_asks_for_the_default_ones(wire, acme, app):
    assert ask(wire, app).status == 200
    assert sorted(rows(acme)[0].scopes) == ["assets:view", "work_orders:view"]


@pytest.mark.rfc("8628", "3.1", "DV-01")
def test_a_public_app_asks_with_its_key_alone(wire, acme):
    app = make_app(acme.tenant, public=True, allows_device_flow=True)
    assert wire.post("device_authorization", {"client_id": app.key}).status == 200


@pytest.mark.rfc("6749", "5.2", "DV-08")
def test_an_app_that_is_not_for_devices_is_refused(wire, acme):
    refused(ask(wire, make_app(acme.tenant)), 400, "unauthorized_client")
    refused(ask(wire, make_machine(acme.tenant)), 400, "unauthorized_client")
    assert rows(acme) == []


@pytest.mark.rfc("8628", "3.1", "DV-12")
def test_an_unknown_client_is_refused(wire, app):
    unknown = wire.post("device_authorization", {"client_id": "gk_nobody", "client_secret": "gate_sec_no"})
    refused(unknown, 401, "invalid_client")
    refused(wire.post("device_authorization", {}), 401, "invalid_client")
    refused(wire.post("device_authorization", {"client_id": app.key, "client_secret": "no"}), 401, "invalid_client")


def test_a_suspended_app_is_refused(wire, acme, app):
    suspend(acme, app)
    refused(ask(wire, app), 401, "invalid_client")


def test_an_app_of_another_company_is_unknown(acme, beta, door, app):
    refused(ask(Wire(beta, door), app), 401, "invalid_client")


@pytest.mark.rfc("8628", "3.1", "DV-11")
def test_a_repeated_parameter_is_refused_and_an_unknown_one_ignored(wire, app):
    refused(wire.post("device_authorization", b"scope=a&scope=b", machine=app), 400, "invalid_request")
    assert ask(wire, app, flavour="vanilla", redirect_uri="https://app.example/").status == 200


@pytest.mark.parametrize("scope", ["assets:delete", "nonsense", " ", '"', "openid consumers:add"])
def test_a_scope_beyond_its_groups_is_refused(wire, acme, app, scope):
    refused(ask(wire, app, scope=scope), 400, "invalid_scope")
    assert rows(acme) == []


@pytest.mark.rfc("8707", "2", "RI-03")
@pytest.mark.rfc("8707", "2", "RI-04")
def test_it_may_ask_for_the_companys_apis(wire, acme, app):
    make_machine(acme.tenant, resource="https://meters.example")
    own = f"{acme.tenant.issuer}/api"
    body = f"resource=https%3A%2F%2Fmeters.example%2F&resource={own}".encode()
    assert wire.post("device_authorization", body, machine=app).status == 200
    assert ask(wire, app, resource=own).status == 200
    assert sorted(row.resources for row in rows(acme)) == [[], ["https://meters.example", own]]


@pytest.mark.rfc("8707", "2", "RI-01")
@pytest.mark.rfc("8707", "2", "RI-02")
@pytest.mark.parametrize("resource", ["/api", "https://a.example/#x", "https://unknown.example"])
def test_any_other_resource_is_refused(wire, acme, app, resource):
    refused(ask(wire, app, resource=resource), 400, "invalid_target")
    assert rows(acme) == []


def test_the_api_of_a_suspended_consumer_or_of_another_company_is_unknown(wire, acme, beta, app):
    machine = make_machine(acme.tenant, resource="https://meters.example")
    make_machine(beta.tenant, resource="https://beta.example")
    suspend(acme, machine)
    for resource in ("https://meters.example", "https://beta.example"):
        refused(ask(wire, app, resource=resource), 400, "invalid_target")


def test_a_user_code_that_is_taken_is_not_given_again(wire, acme, app, monkeypatch):
    codes = iter(["BBBBBBBB", "BBBBBBBB", "CCCCCCCC"])
    monkeypatch.setattr(devices, "mint", lambda: next(codes))
    assert ask(wire, app).json()["user_code"] == "BBBB-BBBB"
    assert ask(wire, app).json()["user_code"] == "CCCC-CCCC"
    assert len(rows(acme)) == 2


def test_the_same_user_code_may_wait_in_two_companies(wire, acme, beta, app, monkeypatch):
    monkeypatch.setattr(devices, "mint", lambda: "BBBBBBBB")
    other = make_app(beta.tenant, allows_device_flow=True)
    assert ask(wire, app).status == ask(Wire(beta), other).status == 200


def test_when_no_code_is_free_it_says_come_back(wire, app, monkeypatch):
    monkeypatch.setattr(devices, "mint", lambda: "BBBBBBBB")
    assert ask(wire, app).status == 200
    answer = ask(wire, app)
    assert (answer.status, answer.header("Retry-After")) == (503, "2")


def test_it_answers_to_post_only_and_not_in_the_address(wire, app):
    assert wire.send("GET", wire.url("device_authorization")).status == 405
    answer = wire.send("POST", f"{wire.url('device_authorization')}?client_id={app.key}")
    refused(answer, 400, "invalid_request")


@pytest.mark.rfc("8628", "6.1", "DV-09")
def test_user_codes_are_hard_to_guess_and_easy_to_type():
    assert len(set(devices.ALPHABET)) ** devices.LENGTH > 2**34
    for text in ("WDJB-MJHT", "wdjbmjht", " wdjb mjht ", "WDJB–MJHT", "w-d-j-b-m-j-h-t"):
        assert devices.typed(text) == "WDJBMJHT"
    for text in ("", "WDJB-MJH", "WDJB-MJHTT", "WDJB-MJHA", "WDJB-MJH1", "ẞDJB-MJHT", "\0" * 8):
        assert devices.typed(text) == ""
