"""Every page in every language: said in the document, and nothing left in English."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pprint import pformat

import polib
import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client

from accounts.models import User
from permissions import object_access
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
    """Somebody who has just given their password, so nothing asks for it again."""
    client = Client(headers={"accept-language": language})
    client.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
    return client


def left_in_english(html: str, language: str) -> list[str]:
    catalogue = polib.pofile(str(translations.catalogue(language.replace("-br", "_BR"))))
    ours = {entry.msgid for entry in catalogue if entry.msgstr != entry.msgid}
    return [text for text in Spoken(html).found if text in ours or ENGLISH.search(text)]


def problems(response: HttpResponse, language: str) -> tuple[int, str, list[str]] | None:
    """Status, language and what is in English, if anything is wrong with them."""
    html = response.content.decode()
    left, said = left_in_english(html, language), Spoken(html).language
    fine = response.status_code in {200, 404, 422} and said == response.headers["Content-Language"] == language
    return None if fine and not left else (response.status_code, said, left)


@pytest.mark.parametrize("language", OTHERS)
def test_every_page_speaks_the_language_it_says(language: str, acme, places) -> None:
    stranger, ana = Client(headers={"accept-language": language}), client_of(acme.ana, language)
    answers = {path: stranger.get(path) for path in BEFORE_SIGN_IN}
    answers |= {path: ana.get(path) for path in PLATFORM}
    answers |= {path: ana.get(f"{acme.path}/{path.format(**places)}") for path in COMPANY}
    wrong = {path: found for path, response in answers.items() if (found := problems(response, language))}
    assert not wrong, pformat(wrong)


@pytest.mark.parametrize("language", OTHERS)
def test_every_form_refuses_in_the_language_of_the_page(language: str, acme, places) -> None:
    stranger, ana = Client(headers={"accept-language": language}), client_of(acme.ana, language)
    answers = {path: ana.post(f"{acme.path}/{path.format(**places)}") for path in FORMS}
    answers |= {path: stranger.post(path) for path in ("/accounts/login/", "/accounts/password/reset/")}
    answers |= {path: ana.post(path) for path in ("/accounts/password/change/", "/accounts/reauthenticate/")}
    wrong = {path: found for path, response in answers.items() if (found := problems(response, language))}
    assert not wrong, pformat(wrong)
