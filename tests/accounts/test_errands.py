"""What follows a typed e-mail address happens later, the same way for every address."""

import logging
import re
from contextlib import closing
from secrets import token_hex
from socket import create_server
from urllib.parse import urlsplit

import pytest
from aiosmtpd.controller import Controller
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import errands
from accounts.models import Errand, User
from config import mail
from tenants import members
from tenants.context import tenant_scope
from tests.cast import make_user
from tests.servers import work_once

RESET = "/accounts/password/reset/"
DONE = "/accounts/password/reset/done/"


@pytest.fixture(autouse=True)
def nothing_waits():
    Errand.objects.all().delete()


@pytest.fixture
def browser():
    browser.number = getattr(browser, "number", 0) + 1
    return Client(REMOTE_ADDR=f"192.0.2.{browser.number}")


class MailServer:
    """Takes what comes, except for addresses that begin with "refused"."""

    def __init__(self):
        self.got = []

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("refused"):
            return "550 No such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.got.append((envelope.rcpt_tos, envelope.content.decode()))
        return "250 OK"


@pytest.fixture
def port():
    with closing(create_server(("127.0.0.1", 0))) as free:
        return free.getsockname()[1]


@pytest.fixture
def to_the_server(settings, port):
    settings.MAILERS = mail.mailers(f"smtp://127.0.0.1:{port}")


@pytest.fixture
def start(port, to_the_server):
    """Starts the mail server that the settings name."""
    running = []

    def start():
        server = MailServer()
        running.append(Controller(server, hostname="127.0.0.1", port=port))
        running[-1].start()
        return server

    yield start
    for controller in running:
        controller.stop()


def again():
    Errand.objects.update(due_at=timezone.now())
    return errands.run_due()


class TestTheAnswer:
    def people(self, acme):
        suspended = make_user(is_active=False)
        with tenant_scope(acme.tenant):
            invited = members.invite(email=f"{token_hex(4)}@example.test", name="", role="member").user
        return {
            "member": acme.ben.email,
            "no company": make_user().email,
            "suspended": suspended.email,
            "invited": invited.email,
            "nobody": f"{token_hex(4)}@example.test",
        }

    @pytest.mark.parametrize(
        ("path", "form"),
        [
            (RESET, lambda email: {"email": email}),
            ("/accounts/login/", lambda email: {"login": email, "password": "not the password at all"}),
        ],
    )
    def test_costs_the_same_statements_for_every_address(self, acme, path, form):
        asked = {}
        for number, (who, email) in enumerate(self.people(acme).items()):
            browser = Client(REMOTE_ADDR=f"192.0.2.{200 + number}")
            browser.get(path)
            with CaptureQueriesContext(connection) as seen:
                browser.post(path, form(email))
            asked[who] = [re.sub(r"'[^']*'|\d+", "?", one["sql"]) for one in seen]
        assert asked["nobody"]
        for who, statements in asked.items():
            assert statements == asked["nobody"], who

    def test_is_the_same_while_the_mail_server_is_down(self, browser, to_the_server):
        for email in (make_user().email, "nobody@example.test"):
            answer = browser.post(RESET, {"email": email})
            assert (answer.status_code, answer["Location"]) == (302, DONE)

    def test_leaves_nothing_for_an_address_that_is_longer_than_anybody_has(self, browser):
        browser.post(RESET, {"email": f"{'x' * 60}@{'y' * 60}.{'z' * 60}.{'a' * 60}.{'b' * 60}.example"})
        assert not Errand.objects.exists()


class TestALinkToANewPassword:
    def test_leads_to_our_own_address_whatever_host_was_asked(self, browser, start, settings):
        settings.ALLOWED_HOSTS = ["*"]
        server, person = start(), make_user()
        browser.post(RESET, {"email": person.email.upper()}, headers={"host": "evil.example"})
        assert errands.run_due() == 1
        ((to, message),) = server.got
        assert to == [person.email]
        (link,) = re.findall(r"http\S+", message.replace("=\r\n", ""))
        assert link.startswith(f"{settings.GATEHOUSE_BASE_URL}/accounts/password/reset/key/")
        assert "evil" not in message
        assert "Choose a new password" in browser.get(urlsplit(link).path, follow=True).content.decode()
        assert not Errand.objects.exists()

    def test_goes_to_nobody_who_is_unknown_or_suspended(self, browser, start):
        server = start()
        for email in ("nobody@example.test", make_user(is_active=False).email):
            browser.post(RESET, {"email": email})
        assert errands.run_due() == 2
        assert server.got == []
        assert not Errand.objects.exists()

    def test_waits_for_a_mail_server_that_is_down(self, browser, start, caplog):
        person = make_user()
        browser.post(RESET, {"email": person.email})
        with caplog.at_level(logging.WARNING, "gatehouse.worker"):
            assert errands.run_due() == errands.run_due() == 0
        (waiting,) = Errand.objects.all()
        assert waiting.attempts == 1
        assert waiting.due_at > timezone.now()
        assert "ConnectionRefusedError at try 1; it is tried again" in caplog.text
        assert person.email not in caplog.text
        server = start()
        assert again() == 1
        assert [to for to, _ in server.got] == [[person.email]]

    def test_is_given_up_after_five_tries(self, browser, to_the_server, caplog):
        browser.post(RESET, {"email": make_user().email})
        for _ in range(5):
            assert again() == 0
        assert not Errand.objects.exists()
        assert "at try 5; it is given up" in caplog.text

    def test_that_the_mail_server_refuses_keeps_no_other(self, browser, start):
        server = start()
        for name in ("refused", "taken"):
            User.objects.filter(email=f"{name}@example.test").delete()
            User.objects.create_user(f"{name}@example.test")
            browser.post(RESET, {"email": f"{name}@example.test"})
        assert errands.run_due() == 1
        assert [to for to, _ in server.got] == [["taken@example.test"]]
        assert [errand.email for errand in Errand.objects.all()] == ["refused@example.test"]

    def test_is_not_tried_for_the_others_once_the_mail_server_is_known_to_be_down(self, browser, to_the_server):
        for _ in range(3):
            browser.post(RESET, {"email": make_user().email})
        errands.run_due()
        assert sorted(errand.attempts for errand in Errand.objects.all()) == [0, 0, 1]

    def test_is_sent_by_the_worker(self, browser, start, port):
        server, person = start(), make_user()
        browser.post(RESET, {"email": person.email})
        work_once({"GATEHOUSE_EMAIL_URL": f"smtp://127.0.0.1:{port}"})
        assert [to for to, _ in server.got] == [[person.email]]
