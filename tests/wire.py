"""A third party's side of the wire: a small OAuth client that knocks at either door and never hides what came back."""

from __future__ import annotations

import io
import json
from base64 import b64encode
from dataclasses import dataclass
from secrets import randbelow
from typing import Any
from urllib.parse import quote_plus, urlencode

from django.test import Client

from config.middleware import client_address
from oauth import doors
from tests.cast import CALLBACK, VERIFIER, App, Company, Machine

FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    def header(self, name: str) -> str:
        return self.headers.get(name.lower(), "")


def basic(key: str, secret: str) -> dict[str, str]:
    """RFC 6749 §2.3.1: both form-encoded, then base64."""
    return {"Authorization": "Basic " + b64encode(f"{quote_plus(key)}:{quote_plus(secret)}".encode()).decode()}


def some_address() -> str:
    """Of this test alone: throttles are kept by address."""
    return f"10.{randbelow(256)}.{randbelow(256)}.{randbelow(256)}"


class ViewDoor:
    """Django's own machinery."""

    def send(self, method: str, path: str, headers: dict[str, str], body: bytes, address: str) -> Answer:
        path, _, query = path.partition("?")
        answer = Client().generic(
            method, path, body, headers.get("Content-Type", ""), QUERY_STRING=query, REMOTE_ADDR=address,
            CONTENT_TYPE=headers.get("Content-Type", ""),
            headers={name: value for name, value in headers.items() if name != "Content-Type"},
        )  # fmt: skip
        return Answer(answer.status_code, {name.lower(): value for name, value in answer.items()}, answer.content)


class WsgiDoor:
    """The callable in front of Django, as a server calls it."""

    application = staticmethod(
        doors.wsgi(lambda environ, start: [start("404 Not Found", []), b"django"][1:], client_address)
    )

    def send(self, method: str, path: str, headers: dict[str, str], body: bytes, address: str) -> Answer:
        path, _, query = path.partition("?")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query, "REMOTE_ADDR": address,
            "wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body)),
        }  # fmt: skip
        for name, value in headers.items():
            variable = name.upper().replace("-", "_")
            environ[variable if variable == "CONTENT_TYPE" else f"HTTP_{variable}"] = value
        begun: list[Any] = []
        content = b"".join(self.application(environ, lambda status, given: begun.extend((status, given))))
        return Answer(int(begun[0].split()[0]), {name.lower(): value for name, value in begun[1]}, content)


DOORS = {"view": ViewDoor, "wsgi": WsgiDoor}


class Wire:
    """One company's wire, as seen from one address."""

    def __init__(self, company: Company, door: Any = None, address: str = "") -> None:
        self.company, self.door, self.address = company, door or WsgiDoor(), address or some_address()

    def url(self, endpoint: str) -> str:
        return f"{self.company.path}/oauth/{endpoint}"

    def send(self, method: str, path: str, *, headers: dict[str, str] | None = None, body: bytes = b"") -> Answer:
        return self.door.send(method, path, headers or {}, body, self.address)

    def post(
        self, endpoint: str, fields: dict[str, Any] | bytes, *, machine: Machine | App | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:  # fmt: skip
        sent = {"Content-Type": FORM, **(basic(*machine.auth) if machine else {}), **(headers or {})}
        body = fields if isinstance(fields, bytes) else urlencode(fields).encode()
        return self.send("POST", self.url(endpoint), headers=sent, body=body)

    def token(self, machine: Machine, **fields: str) -> Answer:
        return self.post("token", {"grant_type": "client_credentials", **fields}, machine=machine)

    def issue(self, machine: Machine, **fields: str) -> str:
        """The access token itself."""
        answer = self.token(machine, **fields)
        assert answer.status == 200, answer.body
        return answer.json()["access_token"]

    def app(self, endpoint: str, app: App, fields: dict[str, Any]) -> Answer:
        """As an app that acts for people: a public one names itself and has nothing to prove it with."""
        if app.secret:
            return self.post(endpoint, fields, headers=basic(*app.auth))
        return self.post(endpoint, {"client_id": app.key, **fields})

    def redeem(self, app: App, code: str, **fields: str | None) -> Answer:
        """With the verifier and callback of tests.cast, unless `fields` says otherwise; None leaves one out."""
        given = {"code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER, **fields}
        sent = {name: value for name, value in given.items() if value is not None}
        return self.app("token", app, {"grant_type": "authorization_code", **sent})

    def refresh(self, app: App, token: str, **fields: str) -> Answer:
        return self.app("token", app, {"grant_type": "refresh_token", "refresh_token": token, **fields})

    def introspect(self, machine: Machine | App, token: str, **fields: str) -> Answer:
        return self.post("introspect", {"token": token, **fields}, machine=machine)

    def is_active(self, machine: Machine | App, token: str) -> bool:
        answer = self.introspect(machine, token)
        assert answer.status == 200, answer.body
        return answer.json()["active"]

    def revoke(self, machine: Machine | App, token: str, **fields: str) -> Answer:
        return self.post("revoke", {"token": token, **fields}, machine=machine)
