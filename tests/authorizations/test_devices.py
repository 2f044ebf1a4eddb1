"""The page where a person types the code of a device (RFC 8628 §3.3): what it takes, what it decides, what it tells."""

import re

import pytest
from django.test import Client

from authorizations import device_views
from authorizations.models import AuthorizationRequest, DeviceCode
from config.demo import BACKEND
from consumers import registration
from consumers.models import Consumer
from tenants.context import tenant_scope
from tenants.throttling import Rate
from tests.cast import PASSWORD, make_app, make_member, may
from tests.wire import Wire, some_address

GRANT = "urn:ietf:params:oauth:grant-type:device_code"


class Device:
    """What a command-line app holds after it has asked."""

    def __init__(self, company, app):
        self.wire, self.app = Wire(company), app
        answer = self.wire.app("device_authorization", app, {"scope": "assets:view"})
        assert answer.status == 200, answer.body
        self.asked = answer.json()
        self.code = self.asked["user_code"]

    def poll(self):
        fields = {"grant_type": GRANT, "device_code": self.asked["device_code"]}
        answer = self.wire.app("token", self.app, fields)
        return answer.json().get("error", answer.status)


@pytest.fixture
def app(acme):
    may(acme.tenant, acme.ben, "assets:view")
    return make_app(acme.tenant, public=True, name="Acme CLI", allows_device_flow=True)


@pytest.fixture
def device(acme, app):
    return Device(acme, app)


def browser_of(user, address=""):
    browser = Client(REMOTE_ADDR=address or some_address())
    browser.force_login(user, backend=BACKEND)
    return browser


@pytest.fixture
def ben(acme):
    """Signed in by password, as consent wants to know how."""
    browser = Client(REMOTE_ADDR=some_address())
    browser.post("/accounts/login/", {"login": acme.ben.email, "password": PASSWORD})
    assert "_auth_user_id" in browser.session
    return browser


def page(company):
    return f"{company.path}/device/"


def type_in(browser, company, code):
    return browser.post(page(company), {"user_code": code})


def text(answer):
    return re.sub(r"\s+", " ", answer.content.decode())


@pytest.mark.rfc("8628", "3.3", "DV-09")
def test_typed_with_or_without_dash_and_in_any_case_it_leads_to_the_question(acme, ben, device):
    for code in (device.code, device.code.lower(), device.code.replace("-", " "), f" {device.code.replace('-', '')} "):
        answer = type_in(ben, acme, code)
        assert (answer.status_code, answer["Location"][: len(f"{acme.path}/consent/")]) == (
            303,
            f"{acme.path}/consent/",
        )
    assert device.poll() == "authorization_pending"


@pytest.mark.rfc("8628", "5.4", "DV-13")
def test_the_question_names_app_and_device_and_warns(acme, ben, device):
    answer = ben.get(type_in(ben, acme, device.code)["Location"])
    assert answer.status_code == 200
    assert "Acme CLI" in text(answer)
    assert device.wire.address in text(answer)
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.rfc("8628", "3.3", "DV-06")
def test_a_yes_connects_the_device(acme, ben, device):
    question = type_in(ben, acme, device.code)["Location"]
    read = ben.get(question)
    seen = re.findall(r'name="(\w+)" value="([^"]*)"', read.content.decode())
    answer = ben.post(f"{question}allow/", {**dict(seen), "lasts": "app"})
    assert (answer.status_code, "/device/done/" in answer["Location"]) == (303, True), text(answer)
    done = ben.get(answer["Location"])
    assert "Your device is connected" in text(done)
    assert "Acme CLI" in text(done)
    assert device.poll() == 200
    # The code is used up, and the page says the same again.
    assert "No device waits with this code" in text(type_in(ben, acme, device.code))
    assert "Your device is connected" in text(ben.get(answer["Location"]))


@pytest.mark.rfc("8628", "3.5", "DV-05")
def test_a_no_tells_the_device(acme, ben, device):
    question = type_in(ben, acme, device.code)["Location"]
    answer = ben.post(f"{question}deny/")
    done = ben.get(answer["Location"])
    assert "Access denied" in text(done)
    assert "gets no access" in text(done)
    assert device.poll() == "access_denied"


@pytest.mark.rfc("8628", "3.3.1", "DV-10")
def test_the_complete_address_only_asks_whether_the_device_shows_the_same(acme, ben, device):
    answer = ben.get(page(acme), {"user_code": device.code.lower()})
    assert "Does your device show this code?" in text(answer)
    assert device.code in text(answer)
    assert "don&#x27;t: they would get in as you" in text(answer) or "don't: they would get in as you" in text(answer)
    with tenant_scope(acme.tenant):
        assert not AuthorizationRequest.objects.exists()
        assert DeviceCode.objects.get().decided_at is None
    assert device.asked["verification_uri_complete"] == f"{device.asked['verification_uri']}?user_code={device.code}"


@pytest.mark.rfc("8628", "3.3.1", "DV-10")
@pytest.mark.parametrize("code", ["", "<script>alert(1)</script>", "x" * 5000, "AEIO-UAEI", "\0", "‮ABCD"])
def test_what_is_no_code_is_not_shown_again(acme, ben, code):
    answer = ben.get(page(acme), {"user_code": code})
    assert answer.status_code == 200
    assert "Connect a device" in text(answer)
    assert "device-code" not in text(answer)
    assert 'autocapitalize="characters"' in text(answer)
    assert "autofocus" in text(answer)


def test_who_is_not_signed_in_comes_back_with_the_code(acme, device):
    address = f"{page(acme)}?user_code={device.code}"
    answer = Client().get(address)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/?next=")
    browser = Client(REMOTE_ADDR=some_address())
    signed_in = browser.post(answer["Location"], {"login": acme.ben.email, "password": PASSWORD, "next": address})
    assert signed_in["Location"] == address


@pytest.mark.parametrize(
    ("code", "sentence"),
    [("BBBB-BBBB", "No device waits with this code"), ("hello", "eight letters"), ("", "Type the code")],
)
def test_another_code_is_answered_with_what_to_do(acme, ben, device, code, sentence):
    answer = type_in(ben, acme, code)
    assert (answer.status_code, sentence in text(answer)) == (422, True)
    assert "no-store" in answer["Cache-Control"]


def test_codes_that_are_over_or_of_others_look_like_unknown_ones(acme, beta, app, ben, device):
    same = text(type_in(ben, acme, "BBBB-BBBB"))
    theirs = Device(beta, make_app(beta.tenant, allows_device_flow=True))
    suspended = Device(acme, make_app(acme.tenant, allows_device_flow=True))
    not_any_more = Device(acme, make_app(acme.tenant, allows_device_flow=True))
    with tenant_scope(acme.tenant):
        DeviceCode.objects.filter(consumer=app.consumer).update(expires="2020-01-01T00:00:00Z")
        registration.suspend_consumer(Consumer.objects.get(pk=suspended.app.consumer.pk))
        Consumer.objects.filter(pk=not_any_more.app.consumer.pk).update(allows_device_flow=False)
    for other in (device, theirs, suspended, not_any_more):
        answer = type_in(ben, acme, other.code)
        assert answer.status_code == 422
        assert "No device waits with this code" in text(answer)
        assert "No device waits with this code" in same


@pytest.mark.rfc("8628", "5.1", "DV-09")
def test_a_person_can_try_only_so_many_codes(acme, device):
    browser = browser_of(acme.ben)
    for _ in range(device_views.OF_PERSON.burst):
        assert type_in(browser, acme, "BBBB-BBBB").status_code == 422
    answer = type_in(browser, acme, device.code)
    assert (answer.status_code, "too many codes" in text(answer)) == (429, True)
    # Nobody else is shut out by it.
    other = make_member(acme.tenant, "member", "Other")
    assert type_in(browser_of(other), acme, device.code).status_code == 303


@pytest.mark.rfc("8628", "5.1", "DV-09")
def test_one_person_with_many_addresses_has_no_more_attempts_and_shuts_nobody_out(acme, device):
    answers = {type_in(browser_of(acme.ben), acme, "BBBB-BBBB").status_code for _ in range(40)}
    assert answers == {422, 429}
    assert type_in(browser_of(acme.ben), acme, device.code).status_code == 429
    assert type_in(browser_of(acme.ana), acme, device.code).status_code == 303


@pytest.mark.rfc("8628", "5.1", "DV-09")
def test_a_companys_people_together_can_try_only_so_many(acme, device, monkeypatch):
    monkeypatch.setattr(device_views, "OF_COMPANY", Rate(per_minute=1, burst=3))
    for person in (acme.ana, acme.dora, acme.otto):
        assert type_in(browser_of(person), acme, "BBBB-BBBB").status_code == 422
    assert type_in(browser_of(acme.ben), acme, device.code).status_code == 429


def test_what_cannot_be_a_code_is_no_attempt(acme, device):
    browser = browser_of(acme.ben)
    for _ in range(device_views.OF_PERSON.burst + 2):
        assert type_in(browser, acme, "not it").status_code == 422
    assert type_in(browser, acme, device.code).status_code == 303


def test_the_end_is_only_shown_to_whom_it_was_given(acme, ben, device):
    question = type_in(ben, acme, device.code)["Location"]
    done = ben.post(f"{question}deny/")["Location"]
    answer = browser_of(acme.ana).get(done)
    assert (answer.status_code, answer["Location"]) == (302, page(acme))
    # The same browser, somebody else.
    ben.force_login(acme.ana, backend=BACKEND)
    assert ben.get(done).status_code == 404


def test_before_an_answer_the_end_leads_back_to_the_question(acme, ben, device):
    question = type_in(ben, acme, device.code)["Location"]
    reference = question.rstrip("/").rpartition("/")[2]
    assert ben.get(f"{acme.path}/device/done/{reference}/")["Location"] == question
    assert ben.get(f"{acme.path}/device/done/forged/")["Location"] == page(acme)


def test_a_name_meant_to_deceive_is_shown_harmlessly(acme, ben):
    may(acme.tenant, acme.ben, "assets:view")
    app = make_app(acme.tenant, public=True, name="<b>Bank</b>", allows_device_flow=True)
    device = Device(acme, app)
    question = type_in(ben, acme, device.code)["Location"]
    done = ben.get(ben.post(f"{question}deny/")["Location"])
    assert "&lt;b&gt;Bank&lt;/b&gt;" in text(done)


def test_no_code_reaches_the_log(acme, ben, device, caplog):
    caplog.set_level(0)
    ben.get(page(acme), {"user_code": device.code})
    type_in(ben, acme, device.code)
    type_in(ben, acme, "BBBB-BBBB")
    assert device.code not in caplog.text
    assert "BBBB-BBBB" not in caplog.text
    assert device.asked["device_code"] not in caplog.text
