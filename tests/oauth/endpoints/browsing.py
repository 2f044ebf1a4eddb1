"""A browser that an app sent here, as the tests of the authorization endpoint see it."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.test import Client

from authorizations.models import AuthorizationRequest
from tenants.context import tenant_scope
from tests.cast import CALLBACK, CHALLENGE, App, Company
from tests.consumers.pages import signed_in
from tests.wire import some_address

STATE = 'a/b&c= +é"<>'


class Browsing:
    """One browser, in which somebody may have signed in."""

    def __init__(self, company: Company, person: Any = None, *, seconds_ago: float = 60, **environ: Any) -> None:
        environ = {"REMOTE_ADDR": some_address(), **environ}
        self.company = company
        self.client = signed_in(person, seconds_ago, **environ) if person else Client(**environ)

    def asked(self, app: App, **changes: Any) -> dict[str, Any]:
        """What an app sends; None leaves a parameter out."""
        usual = {
            "client_id": app.key,
            "response_type": "code",
            "redirect_uri": CALLBACK,
            "state": "xyz",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }
        return {name: value for name, value in {**usual, **changes}.items() if value is not None}

    def url(self, query: Any) -> str:
        query = query if isinstance(query, str) else urlencode(query, doseq=True)
        return f"{self.company.path}/oauth/authorize?{query}"

    def authorize(self, app: App, extra: str = "", **changes: Any) -> Any:
        """The endpoint's own answer."""
        return self.client.get(self.url(urlencode(self.asked(app, **changes), doseq=True) + extra))

    def arrive(self, app: App, extra: str = "", **changes: Any) -> Any:
        """The step after it, when it leads on."""
        answer = self.authorize(app, extra, **changes)
        while answer.status_code == 303 and "/oauth/authorize/" in answer["Location"]:
            answer = self.client.get(answer["Location"])
        return answer

    def latest(self) -> AuthorizationRequest:
        with tenant_scope(self.company.tenant):
            return AuthorizationRequest.objects.order_by("pk").last()


def sent_to(answer: Any, uri: str = CALLBACK) -> dict[str, str]:
    """What travelled back to the app, each parameter once."""
    assert answer.status_code == 303, (answer.status_code, answer.content[:2000])
    base, _, query = answer["Location"].partition("?")
    assert base == uri.partition("?")[0], answer["Location"]
    pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=True)
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


def is_page(answer: Any, text: str = "") -> bool:
    """An error page and no way out of here."""
    assert "Location" not in answer, answer["Location"]
    assert answer.status_code == 400, answer.status_code
    body = answer.content.decode()
    assert text in body, body
    return not re.search(r'(?:href|action|src|content)="[^"]*(?:evil|app\.example)', body)


def leads_to(answer: Any, piece: str) -> bool:
    return answer.status_code == 303 and piece in urlsplit(answer["Location"]).path
