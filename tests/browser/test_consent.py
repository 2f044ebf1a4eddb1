"""The consent page as a person sees it, and what Chromium makes of it."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Page

from authorizations import browser
from authorizations.models import Authorization
from consumers.models import Consumer
from permissions import catalogue
from tenants.context import tenant_scope
from tenants.models import Tenant
from tests.authorizations.asked import ask, ask_for_a_device
from tests.browser.conftest import look, page_is_accessible
from tests.cast import CHALLENGE, PASSWORD, make_acme, make_app, make_machine, make_yes, may

pytestmark = pytest.mark.browser

FACTS = {
    "url": "https://notes.example/",
    "privacy_policy_url": "https://notes.example/privacy",
    "eula_url": "https://notes.example/terms",
}
LONG = "Pseudolocalised ⟦Ƒîéļð Ñöţéš ƒöŕ ţéçĥñîçîåñš åñð šûþéŕvîšöŕš öñ šîţé⟧ extra"
IDENTITY = ("openid", "profile", "email", "offline_access")


@pytest.fixture
def acme():
    acme = make_acme()
    with tenant_scope(acme.tenant):
        Tenant.objects.filter(pk=acme.tenant.pk).update(name="Acme Maintenance", colour="#7a3fb0")
    return acme


@pytest.fixture
def show(page: Page, sign_in, site):
    """Sign somebody in and open their request in this browser."""

    def show(asked):
        page.context.add_cookies(
            [{"name": browser.COOKIE, "value": asked.client.cookies[browser.COOKIE].value, "url": site}]
        )
        if not any(cookie["name"] == "session" for cookie in page.context.cookies()):
            sign_in(asked.person)
        return page.goto(asked.path)

    return show


def looked_at(page: Page, name: str) -> None:
    look(page, name)
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        page_is_accessible(page)
    page.emulate_media(color_scheme="null")
    width = page.viewport_size["width"]
    page.set_viewport_size({"width": 320, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.set_viewport_size({"width": width, "height": 860})


def optional(app, *scopes):
    with tenant_scope(app.consumer.tenant):
        Consumer.objects.filter(pk=app.consumer.pk).update(optional_scopes=list(scopes))


def test_the_page_is_calm_complete_and_accessible(acme, show, page: Page):
    app = make_app(acme.tenant, "assets:view", "work_orders:view", "work_orders:edit", name="Field Notes", **FACTS)
    optional(app, "work_orders:edit", "email")
    asked = ask(acme, app, acme.ana, "assets:view", "work_orders:view", "work_orders:edit", *IDENTITY)
    show(asked)
    looked_at(page, "consent")
    deny, allow = page.get_by_role("button", name="Deny"), page.get_by_role("button", name="Allow")
    ours, theirs = deny.bounding_box(), allow.bounding_box()
    assert (ours["width"], ours["height"], ours["y"]) == (theirs["width"], theirs["height"], theirs["y"])
    assert deny.evaluate(LOOKS) == allow.evaluate(LOOKS)


LOOKS = """element => {
  const style = getComputedStyle(element);
  return ["backgroundColor", "color", "borderColor", "fontWeight", "fontSize"].map(name => style[name]).join();
}"""


def test_with_little_room_and_long_names_everything_stays_readable(acme, show, page: Page):
    with tenant_scope(acme.tenant):
        modules = sorted(catalogue.slugs())
        Tenant.objects.filter(pk=acme.tenant.pk).update(modules=modules, name=LONG[:80])
    type(acme.ana).objects.filter(pk=acme.ana.pk).update(full_name="Maximiliana " + "Llanfairpwllgwyngyll" * 4)
    app = make_app(acme.tenant, *sorted(catalogue.all_scopes())[:30], name=LONG[:80], **FACTS)
    make_machine(acme.tenant, name="Stock", resource="https://stock.example/" + "very-long-path/" * 6)
    goal = f"https://{'accounts.' * 8}very-long-name-of-a-host.example/callback"
    with tenant_scope(acme.tenant):
        Consumer.objects.filter(pk=app.consumer.pk).update(redirect_uris=goal)
    resources = ["https://stock.example/" + "very-long-path/" * 6]
    asked = ask(acme, app, acme.ana, *sorted(catalogue.all_scopes())[:30], redirect_uri=goal, resources=resources)
    show(asked)
    looked_at(page, "consent-long")


def test_names_that_are_written_from_right_to_left_stay_where_they_are(acme, show, page: Page):
    app = make_app(acme.tenant, "assets:view", name="ملاحظات ميدانية", is_first_party=True, **FACTS)
    type(acme.ana).objects.filter(pk=acme.ana.pk).update(full_name="אנה לוי")
    show(ask(acme, app, acme.ana, "assets:view", "openid"))
    looked_at(page, "consent-rtl")


def test_what_is_new_and_what_is_withheld_stand_apart(acme, show, page: Page):
    app = make_app(acme.tenant, "assets:view", "assets:edit", "work_orders:view", public=True, name="Field Notes",
                   redirect_uris="http://127.0.0.1/callback")  # fmt: skip
    may(acme.tenant, acme.ben, "assets:view", "work_orders:view")
    make_yes(app, acme.ben, "assets:view", "openid")
    goal = "http://127.0.0.1:49152/callback"
    show(ask(acme, app, acme.ben, "assets:view", "assets:edit", "work_orders:view", "openid", redirect_uri=goal))
    looked_at(page, "consent-again")


def test_a_device_is_shown_with_its_warning(acme, show, page: Page):
    app = make_app(acme.tenant, "assets:view", public=True, name="Field CLI", allows_device_flow=True)
    show(ask_for_a_device(acme, app, acme.ana, address="203.0.113.7", agent="field-cli/1.0 (Linux)"))
    looked_at(page, "consent-device")


def test_nothing_to_give_and_nothing_open_are_said_plainly(acme, show, page: Page):
    app = make_app(acme.tenant, "assets:view", "work_orders:view", name="Field Notes", **FACTS)
    show(ask(acme, app, acme.ben))
    looked_at(page, "consent-nothing")
    page.goto(f"{acme.path}/consent/gone/")
    looked_at(page, "consent-gone")


def test_signing_in_for_an_app_says_so(acme, page: Page, site):
    app = make_app(acme.tenant, "assets:view", name="Field Notes")
    asked = ask(acme, app, acme.ana, user=None)
    page.context.add_cookies(
        [{"name": browser.COOKIE, "value": asked.client.cookies[browser.COOKIE].value, "url": site}]
    )
    page.goto(f"/accounts/login/?{urlencode({'next': asked.goes_on_at})}")
    assert page.get_by_text("To continue to Field Notes, for Acme Maintenance").is_visible()
    looked_at(page, "sign-in-for-an-app")


class App(HTTPServer):
    """An app on this computer that takes its answer."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Taking)
        self.answers: list[dict[str, list[str]]] = []

    @property
    def goal(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/callback"


class Taking(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path.startswith("/callback"):
            self.server.answers.append(parse_qs(urlsplit(self.path).query))
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>Back</title><p>Back in the app.")

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def listening():
    app = App()
    thread = threading.Thread(target=app.serve_forever)
    thread.start()
    yield app
    app.shutdown()
    thread.join()
    app.server_close()


def asking(app, listening):
    return {
        "client_id": app.key,
        "redirect_uri": listening.goal,
        "response_type": "code",
        "state": "s-1",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        "scope": "assets:view",
    }


@pytest.mark.rfc("CSP3", "form-action", "AZ-24")
def test_chromium_lets_every_answer_through_to_the_app(acme, page: Page, sign_in, listening):
    app = make_app(acme.tenant, "assets:view", public=True, name="Field Notes", redirect_uris=listening.goal)
    asked = asking(app, listening)
    sign_in(acme.ana)
    for answer, name in (("error", "Deny"), ("code", "Allow")):
        page.goto(f"{acme.path}/oauth/authorize?{urlencode(asked)}")
        page.get_by_role("button", name=name).focus()
        page.keyboard.press("Enter")
        page.get_by_text("Back in the app.").wait_for()
        assert (answer in listening.answers[-1], listening.answers[-1]["state"]) == (True, ["s-1"])
    # Back after the answer: no second one.
    page.go_back()
    assert len(listening.answers) == 2
    assert page.get_by_role("button", name="Allow").count() == 0


def test_whoever_is_not_meant_changes_the_account_and_is_asked_anew(acme, page: Page, sign_in, listening):
    may(acme.tenant, acme.otto, "assets:view")
    app = make_app(acme.tenant, "assets:view", public=True, name="Field Notes", redirect_uris=listening.goal)
    sign_in(acme.ana)
    page.goto(f"{acme.path}/oauth/authorize?{urlencode(asking(app, listening))}")
    page.get_by_role("button", name="Not you?").click()
    assert page.get_by_text("To continue to Field Notes, for Acme Maintenance").is_visible()
    page.get_by_label("E-mail").fill(acme.otto.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    assert page.get_by_text(acme.otto.email).is_visible()
    page.get_by_role("button", name="Allow").click()
    page.get_by_text("Back in the app.").wait_for()
    assert listening.answers[-1]["state"] == ["s-1"]
    with tenant_scope(acme.tenant):
        assert [row.user for row in Authorization.objects.filter(consumer=app.consumer)] == [acme.otto]


def test_the_keyboard_alone_reads_unticks_and_allows(acme, show, page: Page):
    app = make_app(acme.tenant, "assets:view", "assets:edit", name="Field Notes")
    optional(app, "assets:edit")
    asked = ask(acme, app, acme.ana, "assets:view", "assets:edit")
    show(asked)
    assert page.evaluate("document.activeElement.tagName") == "BODY"
    page.get_by_label("Edit assets").focus()
    page.keyboard.press("Space")
    page.get_by_label("Allow it").select_option("7")
    page.get_by_label("Allow it").focus()
    page.route("https://app.example/**", lambda route: route.fulfill(body="Back in the app."))
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Allow"
    page.keyboard.press("Enter")
    page.get_by_text("Back in the app.").wait_for()
    assert asked.again().family.scopes == ["assets:view"]
    assert asked.authorization().expires_at is not None
