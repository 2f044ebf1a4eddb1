"""The two servers under comparison and what each makes of a case."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx

from tests.oracle.cases import Case, filled

SECONDS = 30


@dataclass
class Side:
    """A server at `url`, with the credentials of three clients, and how to let one of its tokens expire."""

    url: str
    clients: dict[str, tuple[str, str]]
    expire: Callable[[str], None]
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=SECONDS))

    def facts(self, case: Case) -> dict[str, str]:
        """What the names in braces stand for; tokens are made for this case alone."""
        found = {}
        for prefix, (key, secret) in self.clients.items():
            found |= {f"{prefix}key": key, f"{prefix}secret": secret}
        key, secret = self.clients[""]
        found |= {"percent_key": percent(key), "percent_secret": percent(secret), "upper_secret": secret.swapcase()}
        for name in ("token", "other_token", "revoked_token", "expired_token"):
            if case.names(name):
                found[name] = self.issue(self.clients["other_" if name == "other_token" else ""])
        if "revoked_token" in found:
            self.post("revoke", token=found["revoked_token"])
        if "expired_token" in found:
            self.expire(found["expired_token"])
        return found

    def issue(self, client: tuple[str, str]) -> str:
        sent = {"grant_type": "client_credentials", "scope": "assets:view"}
        answer = self.http.post(f"{self.url}/oauth/token", auth=client, data=sent)
        assert answer.status_code == 200, answer.text
        return answer.json()["access_token"]

    def post(self, endpoint: str, owner: str = "", **fields: str) -> httpx.Response:
        return self.http.post(f"{self.url}/oauth/{endpoint}", auth=self.clients[owner], data=fields)

    def verdict(self, case: Case) -> str:
        facts = self.facts(case)
        query = f"?{filled(case.query, facts)}" if case.query else ""
        there = case.endpoint if case.endpoint.startswith("/") else f"/oauth/{case.endpoint}"
        answer = self.http.request(url=f"{self.url}{there}{query}", **case.sent(facts))
        verdict = " ".join([f"{answer.status_code // 100}xx", *meaning(case, answer)])
        return verdict + self.fate(case, facts)

    def fate(self, case: Case, facts: dict[str, str]) -> str:
        """What became of the token that was to be revoked."""
        if case.endpoint != "revoke":
            return ""
        for name, owner in (("token", ""), ("other_token", "other_")):
            if case.names(name):
                active = self.post("introspect", owner, token=facts[name]).json()["active"]
                return ", the token lives" if active else ", the token is dead"
        return ""


def meaning(case: Case, answer: httpx.Response) -> list[str]:
    """What a program would read in the body."""
    if answer.is_success:
        return granted(case, answer)
    if case.endpoint == "userinfo" and answer.headers.get("WWW-Authenticate"):
        return challenged(answer.headers["WWW-Authenticate"])
    try:
        return [answer.json()["error"]]
    except (ValueError, KeyError, TypeError):
        return ["without an error code"]


def granted(case: Case, answer: httpx.Response) -> list[str]:
    if case.member:
        return [told(answer.json().get(case.member))]
    match case.endpoint:
        case "introspect":
            return ["active" if answer.json()["active"] else "inactive"]
        case "token":
            refreshes = ["and a refresh token"] if "refresh_token" in answer.json() else []
            return [f"with {' '.join(sorted(answer.json()['scope'].split()))}", *refreshes]
        case "userinfo" | "device_authorization":
            return [f"with {' '.join(sorted(answer.json()))}"]
        case _:
            return []


def told(value: object) -> str:
    """Of a member of a document. Addresses differ from server to server, that there is one does not."""
    match value:
        case None:
            return "silent"
        case bool():
            return str(value).lower()
        case list():
            return " ".join(f"“{each}”" if " " in each else each for each in sorted(value))
        case _:
            return "there"


def challenged(header: str) -> list[str]:
    """By a protected resource (RFC 6750 §3)."""
    error = re.search(r'error="(\w+)"', header)
    return [error[1] if error else f"with a {header.split()[0]} challenge alone"]


def percent(text: str) -> str:
    """Every character form-encoded, as the specification allows."""
    return "".join(f"%{ord(letter):02X}" for letter in text)
