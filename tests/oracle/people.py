"""A side of the comparison with a person: somebody who is signed in, apps that need not ask them, and what becomes of
codes and tokens."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
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
    "revoked_refresh_token", "user_token", "openid_token", "named_token", "id_token", "device_code",
    "polled_device_code", "expired_device_code", "denied_device_code", "approved_device_code", "used_device_code",
)  # fmt: skip
DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
# After these it is asked whether the newest access token of the family still lives.
WATCHED = ("used_code", "used_refresh_token", "repeated_refresh_token", "refresh_token", "user_token")


@dataclass(kw_only=True)
class PersonSide(Side):
    """`visitor` is signed in, and so is a `newcomer`, in a browser of their own; `expire_codes` lets all that were made
    expire; `ask_device` is what a device is told that asks, `decide` answers it, "Allow" or "Deny"."""

    visitor: Visitor
    newcomer: Callable[[], AbstractContextManager[Visitor]]
    expire_codes: Callable[[], None]
    ask_device: Callable[[tuple[str, str]], dict[str, Any]]
    decide: Callable[[Visitor, dict[str, Any], str], None]
    newest: str = ""

    def facts(self, case: Case) -> dict[str, str]:
        found = super().facts(case)
        self.newest = ""
        for name in MADE:
            if case.names(name):
                found[name] = getattr(self, f"make_{name}")()
        return found

    def make_code(self, **asked: str) -> str:
        key, _ = self.clients["app_"]
        query = filled(written(ASKED, **asked), {"app_key": key})
        answer = self.visitor.get(f"{self.url}/oauth/authorize?{query}")
        return parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]

    def make_used_code(self) -> str:
        code = self.make_code()
        self.redeem(code)
        return code

    def make_expired_code(self) -> str:
        code = self.make_code()
        self.expire_codes()
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

    def make_openid_token(self) -> str:
        return self.redeem(self.make_code(scope="openid"))["access_token"]

    def make_named_token(self) -> str:
        return self.redeem(self.make_code(scope="openid profile email"))["access_token"]

    def make_id_token(self) -> str:
        return self.redeem(self.make_code(scope="openid"))["id_token"]

    def make_device_code(self) -> str:
        return self.ask_device(self.clients["device_"])["device_code"]

    def poll(self, code: str) -> httpx.Response:
        key, _ = self.clients["device_"]
        return self.post("token", "device_", grant_type=DEVICE_CODE, client_id=key, device_code=code)

    def make_polled_device_code(self) -> str:
        code = self.make_device_code()
        self.poll(code)
        return code

    def make_expired_device_code(self) -> str:
        code = self.make_device_code()
        self.expire_codes()
        return code

    def decided(self, answer: str) -> str:
        asked = self.ask_device(self.clients["device_"])
        self.decide(self.visitor, asked, answer)
        return asked["device_code"]

    def make_denied_device_code(self) -> str:
        return self.decided("Deny")

    def make_approved_device_code(self) -> str:
        return self.decided("Allow")

    def make_used_device_code(self) -> str:
        code = self.make_approved_device_code()
        self.poll(code)
        return code

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
        if case.endpoint == "end_session":
            with self.newcomer() as visitor:
                return replace(self, visitor=visitor).destination(case)
        return self.destination(case) if case.endpoint == "authorize" else super().verdict(case)

    def destination(self, case: Case) -> str:
        """Where a request for a code, or one to sign out, takes the person."""
        facts = {name: quote(value, safe="") for name, value in self.facts(case).items()}
        query = filled(case.query, facts)
        answer = self.visitor.get(f"{self.url}/oauth/{case.endpoint}?{query}")
        if not answer.has_redirect_location:
            return f"a page, {answer.status_code // 100}xx"
        state = parse_qs(query).get("state", [""])[0]
        return returned(answer, state) if case.endpoint == "authorize" else gone(answer, state)

    def fate(self, case: Case, facts: dict[str, str]) -> str:
        watched = self.newest and any(case.names(name) for name in WATCHED)
        if not watched or not (case.endpoint == "revoke" or "used" in case.body or "repeated" in case.body):
            return super().fate(case, facts)
        active = self.post("introspect", "app_", token=self.newest).json()["active"]
        return ", the newest token lives" if active else ", the newest token is dead"


def gone(answer: httpx.Response, state: str) -> str:
    """Where somebody who signed out finds themselves."""
    there = urlsplit(answer.headers["Location"])
    told = "" if state == parse_qs(there.query).get("state", [""])[0] else ", without state"
    return f"off to {there.netloc}{there.path}{told}"


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
