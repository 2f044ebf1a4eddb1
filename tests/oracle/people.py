"""A side of the comparison with a person: somebody who is signed in, apps that need not ask them, and what becomes of
codes and tokens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import httpx

from tests.cast import CALLBACK, VERIFIER
from tests.oracle.cases import Case, filled
from tests.oracle.person_cases import ASKED, written
from tests.oracle.sides import Side
from tests.visitor import Visitor

MADE = (
    "code", "used_code", "expired_code", "refresh_token", "used_refresh_token", "repeated_refresh_token",
    "revoked_refresh_token", "user_token",
)  # fmt: skip
# After these it is asked whether the newest access token of the family still lives.
WATCHED = ("used_code", "used_refresh_token", "repeated_refresh_token", "refresh_token", "user_token")


@dataclass(kw_only=True)
class PersonSide(Side):
    """`visitor` is signed in; `expire_code` lets the code that was made last expire."""

    visitor: Visitor
    expire_code: Callable[[], None]
    newest: str = ""

    def facts(self, case: Case) -> dict[str, str]:
        found = super().facts(case)
        self.newest = ""
        for name in MADE:
            if case.names(name):
                found[name] = getattr(self, f"make_{name}")()
        return found

    def make_code(self) -> str:
        key, _ = self.clients["app_"]
        answer = self.visitor.get(f"{self.url}/oauth/authorize?{filled(written(ASKED), {'app_key': key})}")
        return parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]

    def make_used_code(self) -> str:
        code = self.make_code()
        self.redeem(code)
        return code

    def make_expired_code(self) -> str:
        code = self.make_code()
        self.expire_code()
        return code

    def make_refresh_token(self) -> str:
        return self.redeem(self.make_code())["refresh_token"]

    def make_repeated_refresh_token(self) -> str:
        first = self.make_refresh_token()
        self.refresh(first)
        return first

    def make_used_refresh_token(self) -> str:
        first = self.make_refresh_token()
        self.refresh(self.refresh(first)["refresh_token"])
        return first

    def make_revoked_refresh_token(self) -> str:
        first = self.make_refresh_token()
        assert self.post("revoke", "app_", token=first).status_code == 200
        return first

    def make_user_token(self) -> str:
        return self.redeem(self.make_code())["access_token"]

    def redeem(self, code: str) -> dict[str, Any]:
        return self.tokens(grant_type="authorization_code", code=code, redirect_uri=CALLBACK, code_verifier=VERIFIER)

    def refresh(self, refresh_token: str) -> dict[str, Any]:
        return self.tokens(grant_type="refresh_token", refresh_token=refresh_token)

    def tokens(self, **fields: str) -> dict[str, Any]:
        answer = self.post("token", "app_", **fields)
        assert answer.status_code == 200, answer.text
        self.newest = answer.json()["access_token"]
        return answer.json()

    def verdict(self, case: Case) -> str:
        return self.destination(case) if case.endpoint == "authorize" else super().verdict(case)

    def destination(self, case: Case) -> str:
        """Where a request for a code takes the person."""
        facts = {name: quote(value, safe="") for name, value in self.facts(case).items()}
        query = filled(case.query, facts)
        answer = self.visitor.get(f"{self.url}/oauth/authorize?{query}")
        if not answer.has_redirect_location:
            return f"a page, {answer.status_code // 100}xx"
        return returned(answer, parse_qs(query).get("state", [""])[0])

    def fate(self, case: Case, facts: dict[str, str]) -> str:
        watched = self.newest and any(case.names(name) for name in WATCHED)
        if not watched or not (case.endpoint == "revoke" or "used" in case.body or "repeated" in case.body):
            return super().fate(case, facts)
        active = self.post("introspect", "app_", token=self.newest).json()["active"]
        return ", the newest token lives" if active else ", the newest token is dead"


def returned(answer: httpx.Response, state: str) -> str:
    """What the app gets to know."""
    there = urlsplit(answer.headers["Location"])
    if there._replace(query="", fragment="").geturl() != CALLBACK:
        return f"off to {there.netloc}{there.path}"
    back = parse_qs(there.query or there.fragment)
    told = ("a code" if "code" in back else back["error"][0]) + (" in the fragment" if there.fragment else "")
    lacks = [name for name in ("iss",) if name not in back]
    lacks += ["state"] if state != back.get("state", [""])[0] else []
    return f"back with {told}" + "".join(f", without {name}" for name in lacks)
