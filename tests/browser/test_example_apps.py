"""The three example apps that act for a person, run as anybody would run them: a web app, a browser app and a
command-line app, against a real server, with a person in a real browser."""

import re
from types import SimpleNamespace

import pytest
from playwright.sync_api import Page, expect

from authorizations import granting
from tenants.context import tenant_scope
from tests import cast
from tests.examples.programs import browser_app, cli_app, read_code, resource_server, web_app
from tests.servers import free_port, work_once

pytestmark = pytest.mark.browser


@pytest.fixture
def world(site):
    """A company, its protected API, and where an app of this test runs."""
    acme = cast.make_acme()
    gateway = cast.make_machine(acme.tenant, "authorizations:view", name="Work order gateway")
    home = f"http://127.0.0.1:{free_port()}"
    with resource_server(f"{site}{acme.path}", gateway) as api:
        yield SimpleNamespace(acme=acme, issuer=f"{site}{acme.path}", api=api, home=home, callback=f"{home}/callback")


def make_app(world, **fields):
    return cast.make_app(
        world.acme.tenant,
        "work_orders:view",
        redirect_uris=world.callback,
        post_logout_redirect_uris=f"{world.home}/",
        name=fields.pop("name"),
        **fields,
    )


def revoke_all(app):
    with tenant_scope(app.consumer.tenant):
        granting.revoke_all_for(app.consumer)


def agree(page: Page, person) -> None:
    """Sign in where Gatehouse asks for it, and say yes."""
    page.get_by_label("Email").or_(page.get_by_label("E-mail")).fill(person.email)
    page.get_by_label("Password").fill(cast.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("button", name="Allow")).to_be_visible()
    expect(page.get_by_text("work orders", exact=False).first).to_be_visible()
    page.get_by_role("button", name="Allow").click()


@pytest.mark.rfc("OIDC Core", "3.1", "the example web app signs people in")
@pytest.mark.rfc("OIDC RP-Initiated Logout", "2", "LO-01 with the example web app")
def test_somebody_signs_in_to_the_web_app_and_out_again(page: Page, world):
    app = make_app(world, name="Work order board")
    with web_app(world.issuer, app, world.callback, world.api) as home:
        page.goto(home)
        page.get_by_role("button", name="Sign in with Gatehouse").click()
        agree(page, world.acme.ana)

        expect(page).to_have_url(f"{home}/")
        expect(page.get_by_text("Signed in as Ana")).to_be_visible()
        expect(page.get_by_text("Calibrate flow meter")).to_be_visible()
        page.get_by_role("button", name="Renew tokens").click()
        expect(page.get_by_text("Calibrate flow meter")).to_be_visible()

        page.get_by_role("button", name="Sign out").click()
        confirm_sign_out(page)
        expect(page).to_have_url(re.compile(re.escape(f"{home}/")))
        expect(page.get_by_text("Nobody is signed in.")).to_be_visible()


def confirm_sign_out(page: Page) -> None:
    """Gatehouse asks when it is not sure that the person wants it."""
    if "/oauth/end_session" in page.url:
        page.get_by_role("button", name="Sign out").click()


@pytest.mark.rfc("Gatehouse", "Revoking", "the example web app learns that it was cut off")
def test_the_web_app_is_cut_off_at_once(page: Page, world):
    app = make_app(world, name="Work order board")
    with web_app(world.issuer, app, world.callback, world.api) as home:
        page.goto(home)
        page.get_by_role("button", name="Sign in with Gatehouse").click()
        agree(page, world.acme.ana)
        expect(page.get_by_text("Signed in as Ana")).to_be_visible()

        revoke_all(app)
        page.reload()

        expect(page.get_by_text("Your access was ended. Sign in again.")).to_be_visible()


@pytest.mark.rfc("OIDC Back-Channel Logout", "2.6", "LO-11 with the example web app")
def test_the_web_app_hears_that_somebody_signed_out_of_gatehouse(page: Page, world, settings):
    settings.GATEHOUSE_OUTBOUND_LOOPBACK = True
    app = make_app(world, name="Work order board", backchannel_logout_url=f"{world.home}/back-channel-logout")
    with web_app(world.issuer, app, world.callback, world.api) as home:
        page.goto(home)
        page.get_by_role("button", name="Sign in with Gatehouse").click()
        agree(page, world.acme.ana)
        expect(page.get_by_text("Signed in as Ana")).to_be_visible()

        page.goto("/accounts/logout/")
        page.get_by_role("main").get_by_role("button", name="Sign out").click()
        expect(page.get_by_label("Password")).to_be_visible()
        assert int(work_once({"GATEHOUSE_OUTBOUND_LOOPBACK": "true"})["messages of logouts"]) >= 1
        page.goto(home)

        expect(page.get_by_text("Nobody is signed in.")).to_be_visible()


def test_the_web_app_is_told_of_a_no(page: Page, world, sign_in):
    app = make_app(world, name="Work order board")
    sign_in(world.acme.ana)
    with web_app(world.issuer, app, world.callback, world.api) as home:
        page.goto(home)
        page.get_by_role("button", name="Sign in with Gatehouse").click()
        page.get_by_role("button", name="Deny").click()

        expect(page.get_by_role("alert")).to_contain_text("access_denied")


@pytest.mark.rfc("2.1", "3.2", "HT-21 in a browser: a page of a registered origin gets and renews tokens")
@pytest.mark.rfc("7009", "2.3", "RV-14 in a browser: a page of a registered origin revokes")
def test_somebody_signs_in_to_the_browser_app_and_out_again(page: Page, world):
    app = make_app(world, name="Work orders in the browser", public=True, allowed_origins=world.home)
    with browser_app(world.issuer, app, world.callback, world.api) as home:
        page.goto(home)
        page.get_by_role("button", name="Sign in with Gatehouse").click()
        agree(page, world.acme.ana)

        expect(page).to_have_url(f"{home}/")
        expect(page.locator("#name")).to_have_text("Ana")
        expect(page.get_by_text("Calibrate flow meter")).to_be_visible()
        page.get_by_role("button", name="Renew tokens").click()
        expect(page.get_by_role("status")).to_have_text("The tokens are new.")

        page.get_by_role("button", name="Sign out").click()
        confirm_sign_out(page)
        expect(page.get_by_text("Nobody is signed in.")).to_be_visible()


def test_the_browser_app_is_cut_off_at_its_next_renewal(page: Page, world):
    app = make_app(world, name="Work orders in the browser", public=True, allowed_origins=world.home)
    with browser_app(world.issuer, app, world.callback, world.api) as home:
        page.goto(home)
        page.get_by_role("button", name="Sign in with Gatehouse").click()
        agree(page, world.acme.ana)
        expect(page.locator("#name")).to_have_text("Ana")

        revoke_all(app)
        page.get_by_role("button", name="Renew tokens").click()

        expect(page.get_by_role("button", name="Sign in with Gatehouse")).to_be_visible()


@pytest.mark.rfc("2.1", "3.2", "a page of another origin gets no answer it can read")
def test_a_browser_app_of_another_origin_gets_nothing(context, world):
    app = make_app(world, name="Work orders in the browser", public=True)
    page = context.new_page()
    with browser_app(world.issuer, app, world.callback, world.api) as home:
        page.goto(home)
        page.get_by_role("button", name="Sign in with Gatehouse").click()
        agree(page, world.acme.ana)

        expect(page.get_by_role("status")).to_have_text(re.compile("fetch", re.IGNORECASE))
        expect(page.locator("#signed-in")).to_be_hidden()


def answer(page: Page, program, button) -> None:
    """At the address that the command-line app shows, with its code."""
    address, code = read_code(program)
    page.goto(address)
    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name=button).click()


@pytest.mark.rfc("8628", "3.3", "the example command-line app is let in from a browser")
def test_somebody_lets_the_command_line_app_in(page: Page, world, sign_in):
    app = make_app(world, name="Work orders at the command line", public=True, allows_device_flow=True)
    sign_in(world.acme.ana)
    with cli_app(world.issuer, app, world.api) as program:
        answer(page, program, "Allow")
        expect(page.get_by_text("Your device is connected")).to_be_visible()

        said, errors = program.communicate(timeout=30)

    assert (program.returncode, errors) == (0, "")
    assert "You are Ana. Your work orders (3):" in said
    assert "Calibrate flow meter" in said


def test_the_command_line_app_is_told_of_a_no(page: Page, world, sign_in):
    app = make_app(world, name="Work orders at the command line", public=True, allows_device_flow=True)
    sign_in(world.acme.ana)
    with cli_app(world.issuer, app, world.api) as program:
        answer(page, program, "Deny")
        expect(page.get_by_role("heading", name="Access denied")).to_be_visible()

        _, errors = program.communicate(timeout=30)

    assert program.returncode == 1
    assert errors.startswith("Refused: access_denied.")
