"""Every page in every language: said in the document, and nothing left in English."""

from __future__ import annotations

import re
import time
from functools import cache
from html.parser import HTMLParser
from pprint import pformat
from secrets import token_hex

import polib
import pytest
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.account.internal.flows.login import _AUTHENTICATION_METHODS_USER_SESSION_KEY
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from django.utils.translation import to_locale

from accounts import errands
from accounts.models import User
from consumers.models import Consumer
from permissions import object_access
from permissions.models import PermissionGroup
from tenants.context import tenant_scope
from tenants.models import AuditEvent, Membership
from tests.cast import PASSWORD, Company, Machine, make_acme, make_group, make_machine, make_member
from tools import translations

OTHERS = [code for code, _ in settings.LANGUAGES if code != "en"]
ENGLISH = re.compile(
    r"\b(the|your|you|with|this|that|these|of|and|is|are|was|were|has|have|it|its|they|can't|don't)\b",
    re.IGNORECASE,
)
BEFORE_SIGN_IN = [
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/password/reset/",
    "/accounts/password/reset/done/",
    "/help/",
]
PLATFORM = [
    "/accounts/logout/",
    "/accounts/inactive/",
    "/accounts/password/change/",
    "/accounts/password/reset/key/1-wrong/",
    "/accounts/password/reset/key/done/",
    "/accounts/reauthenticate/",
    "/accounts/2fa/",
    "/accounts/2fa/totp/activate/",
    "/accounts/sessions/",
    "/accounts/profile/",
    "/companies/",
    "/help/",
    "/whats-new/",
    "/nothing-here/",
]
COMPANY = [
    "settings/general/",
    "settings/user-accounts/members/",
    "settings/user-accounts/members/new/",
    "settings/user-accounts/members/{member}/",
    "settings/user-accounts/members/suspend/?selected={member}",
    "settings/user-accounts/members/resume/?selected={member}",
    "settings/user-accounts/members/remove/?selected={member}",
    "settings/transactions-log/",
    "settings/transactions-log/{line}/",
    "settings/modules/",
    "settings/user-accounts/permissions/",
    "settings/user-accounts/permissions/new/",
    "settings/user-accounts/permissions/{group}/",
    "settings/user-accounts/permissions/delete/?selected={group}",
    "settings/account/",
    "settings/api-connections/oauth-consumers/",
    "settings/api-connections/oauth-consumers/?q=nobody-is-called-so",
    "settings/api-connections/oauth-consumers/new/",
    "settings/api-connections/oauth-consumers/{consumer}/",
    "settings/api-connections/oauth-consumers/{consumer}/edit/",
    "settings/api-connections/oauth-consumers/{consumer}/suspend/",
    "settings/api-connections/oauth-consumers/{consumer}/resume/",
    "settings/api-connections/oauth-consumers/{consumer}/delete/",
    "settings/api-connections/oauth-consumers/{consumer}/secrets/new/",
    "settings/api-connections/oauth-consumers/{consumer}/secrets/{secret}/retire/",
    "settings/api-connections/oauth-consumers/{consumer}/managers/new/",
    "settings/api-connections/oauth-consumers/{consumer}/managers/{manager}/remove/",
    "settings/api-connections/app-authorizations/",
    "settings/api-connections/app-authorizations/{authorization}/",
    "settings/api-connections/app-authorizations/{authorization}/revoke/",
    "settings/api-connections/app-authorizations/revoke/?selected={authorization}",
    "api/",
    "nothing-here/",
]
FORMS = [
    "settings/general/",
    "settings/user-accounts/members/new/",
    "settings/user-accounts/permissions/new/",
    "settings/api-connections/oauth-consumers/new/",
    "settings/api-connections/oauth-consumers/{consumer}/edit/",
    "settings/api-connections/oauth-consumers/{consumer}/managers/new/",
    "settings/account/",
]
SECURED_FORMS = ["/accounts/password/change/", "/accounts/reauthenticate/", "/accounts/2fa/totp/activate/"]


class Spoken(HTMLParser):
    """The text of a page and its spoken attributes, without code, what people typed (<bdi>) and what says that it
    is in English."""

    SILENT = frozenset({"script", "style", "code", "pre", "bdi", "textarea"})
    VOID = frozenset({"meta", "link", "input", "img", "br", "hr", "path", "circle", "rect", "line", "use"})
    ATTRIBUTES = frozenset({"aria-label", "title", "placeholder", "alt"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.language = ""
        self.found: list[str] = []
        self.open: list[tuple[str, bool]] = []
        self.feed(html)
        self.close()

    @property
    def is_silent(self) -> bool:
        return any(silent for _, silent in self.open)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        self.language = self.language or (attributes.get("lang") or "" if tag == "html" else "")
        silent = tag in self.SILENT or (tag != "html" and "lang" in attributes)
        if tag not in self.VOID:
            self.open.append((tag, silent))
        if not self.is_silent:
            self.found += [value for name, value in attrs if name in self.ATTRIBUTES and value]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Drawings say nothing."""

    def handle_endtag(self, tag: str) -> None:
        while self.open and tag not in self.VOID and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if data.strip() and not self.is_silent:
            self.found.append(" ".join(data.split()))


@pytest.fixture(scope="module")
def acme() -> Company:
    acme = make_acme()
    acme.people["dita"] = make_member(acme.tenant, "developer", "Dita")
    return acme


@pytest.fixture(scope="module")
def machine(acme: Company) -> Machine:
    machine = make_machine(acme.tenant, groups=[make_group(acme.tenant, name="Gruppe")], name="Maschine")
    with tenant_scope(acme.tenant):
        object_access.give(acme.dora, machine.consumer)
    return machine


@pytest.fixture(scope="module")
def places(acme: Company, machine: Machine) -> dict[str, object]:
    consumer = machine.consumer
    with tenant_scope(acme.tenant):
        return {
            "member": Membership.objects.get(user=acme.ben).pk,
            "group": consumer.groups.get().pk,
            "consumer": consumer.pk,
            "secret": consumer.secrets.get().pk,
            "manager": acme.dora.pk,
            "authorization": consumer.authorizations.get().pk,
            "line": AuditEvent.objects.order_by("-sequence").values_list("sequence", flat=True)[0],
        }


def client_of(person: User, language: str) -> Client:
    """Somebody who has just confirmed their password, so nothing asks for it again."""
    client = Client(headers={"accept-language": language})
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    session = client.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "password", "at": time.time(), "reauthenticated": True}]
    session[_AUTHENTICATION_METHODS_USER_SESSION_KEY] = str(person.pk)
    session.save()
    return client


def stranger(language: str) -> Client:
    return Client(headers={"accept-language": language})


@cache
def ours(language: str) -> frozenset[str]:
    """What another language says otherwise."""
    catalogue = polib.pofile(str(translations.catalogue(to_locale(language))))
    return frozenset(entry.msgid for entry in catalogue if entry.msgstr != entry.msgid)


def problems(response: HttpResponse, language: str) -> tuple[int, str, list[str]] | None:
    """Status, language and what is in English, if anything is wrong with them."""
    page = Spoken(response.content.decode())
    left, said = [text for text in page.found if text in ours(language) or ENGLISH.search(text)], page.language
    fine = response.status_code in {200, 403, 404, 422} and said == response.headers["Content-Language"] == language
    return None if fine and not left else (response.status_code, response.headers.get("Location", said), left)


def all_in(language: str, answers: dict[str, HttpResponse]) -> None:
    wrong = {path: found for path, response in answers.items() if (found := problems(response, language))}
    assert not wrong, pformat(wrong)


@pytest.mark.parametrize("language", OTHERS)
def test_every_page_speaks_the_language_it_says(language: str, acme, places) -> None:
    ana = client_of(acme.ana, language)
    answers = {path: stranger(language).get(path) for path in BEFORE_SIGN_IN}
    answers |= {path: ana.get(path) for path in PLATFORM}
    answers |= {path: ana.get(f"{acme.path}/{path.format(**places)}") for path in COMPANY}
    all_in(language, answers)


@pytest.mark.parametrize("language", OTHERS)
def test_every_form_refuses_in_the_language_of_the_page(language: str, acme, places) -> None:
    ana = client_of(acme.ana, language)
    answers = {path: ana.post(f"{acme.path}/{path.format(**places)}") for path in FORMS}
    answers |= {path: stranger(language).post(path) for path in ("/accounts/login/", "/accounts/password/reset/")}
    answers |= {path: ana.post(path) for path in SECURED_FORMS}
    all_in(language, answers)


@pytest.mark.parametrize("language", OTHERS)
def test_whoever_may_less_reads_it_in_their_language(language: str, acme, places) -> None:
    """Otto reads everything, Dora one consumer, Ben nothing."""
    answers = {}
    for name in ("otto", "dora", "ben"):
        browser = client_of(acme.people[name], language)
        for path in COMPANY:
            answers[f"{name} {path}"] = browser.get(f"{acme.path}/{path.format(**places)}")
    all_in(language, answers)


@pytest.mark.parametrize("language", OTHERS)
def test_what_has_been_done_is_said_in_the_language_of_the_page(language: str, acme) -> None:
    ana = client_of(acme.ana, language)
    settings_, mark = f"{acme.path}/settings/", token_hex(3)
    consumers, groups = f"{settings_}api-connections/oauth-consumers/", f"{settings_}user-accounts/permissions/"

    def say(path: str, **data: object) -> HttpResponse:
        answers[path] = ana.post(path, data, follow=True)
        return answers[path]

    answers: dict[str, HttpResponse] = {}
    say(f"{groups}new/", name=f"Gruppe {mark}", scopes=["assets:view", "work_orders:add"])
    with tenant_scope(acme.tenant):
        group = PermissionGroup.objects.get(name=f"Gruppe {mark}")
    say(f"{consumers}new/", name=mark, grant_type="client-credentials", groups=[group.pk], token_format="jwt")
    with tenant_scope(acme.tenant):
        consumer = Consumer.objects.get(name=mark)
        authorization = consumer.authorizations.get()
    say(f"{groups}{group.pk}/", name=f"Gruppe {mark}", scopes=["assets:view"], seen=group.updated_at.isoformat())
    say(f"{consumers}{consumer.pk}/secrets/new/", name="Zwei")
    say(f"{consumers}{consumer.pk}/managers/new/", person=acme.dora.pk)
    say(f"{consumers}{consumer.pk}/suspend/")
    answers["suspended"] = ana.get(f"{consumers}{consumer.pk}/")
    say(f"{consumers}{consumer.pk}/resume/")
    say(f"{settings_}api-connections/app-authorizations/{authorization.pk}/revoke/")
    answers["revoked"] = ana.get(f"{consumers}{consumer.pk}/")
    answers["revoked row"] = ana.get(f"{settings_}api-connections/app-authorizations/{authorization.pk}/")
    say(f"{settings_}api-connections/app-authorizations/of-consumer/{consumer.pk}/authorize-again/")
    say(f"{settings_}user-accounts/members/new/", email=f"{mark}@example.test", name="Neu", role="member")
    say(f"{consumers}{consumer.pk}/delete/")
    answers["log"] = ana.get(f"{settings_}transactions-log/")
    assert all(response.status_code in {200, 422} for response in answers.values())
    all_in(language, answers)


@pytest.mark.parametrize("language", OTHERS)
def test_the_second_factor_is_asked_for_in_the_language_of_the_page(language: str) -> None:
    company = make_acme()
    ana = client_of(company.ana, language)
    TOTP.activate(company.ana, "JBSWY3DPEHPK3PXP")
    RecoveryCodes.activate(company.ana)
    pages = ("/accounts/2fa/", "/accounts/2fa/recovery-codes/", "/accounts/2fa/recovery-codes/generate/")
    answers = {
        path: ana.get(path) for path in (*pages, "/accounts/2fa/totp/deactivate/", "/accounts/2fa/reauthenticate/")
    }
    arriving = stranger(language)
    arriving.post("/accounts/login/", {"login": company.ana.email, "password": PASSWORD})
    answers["asked"] = arriving.get("/accounts/2fa/authenticate/")
    answers["wrong code"] = arriving.post("/accounts/2fa/authenticate/", {"code": "000000"})
    all_in(language, answers)


@pytest.mark.parametrize("language", OTHERS)
def test_the_link_for_a_new_password_is_sent_in_the_language_of_the_page(language: str, acme, mailoutbox) -> None:
    stranger(language).post("/accounts/password/reset/", {"email": acme.ana.email})
    errands.run_due()
    (message,) = (message for message in mailoutbox if message.to == [acme.ana.email])
    assert not ENGLISH.search(f"{message.subject} {message.body}".replace(acme.slug, ""))
