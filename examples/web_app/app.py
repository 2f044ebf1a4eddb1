"""A confidential web app, as small as it gets: people sign in with Gatehouse, and it reads work orders for them.

    GET  /                     who is signed in, and their work orders
    POST /sign-in              off to Gatehouse: authorization code with PKCE, state and nonce
    GET  /callback             back from there: the code becomes tokens, which stay on this server
    POST /renew                new tokens for the refresh token
    POST /sign-out             of this app and of Gatehouse (OpenID Connect RP-Initiated Logout)
    POST /back-channel-logout  Gatehouse says that somebody signed out (OpenID Connect Back-Channel Logout)

Settings are environment variables; without them, the demo world of `make run` is used.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from secrets import token_urlsafe
from socketserver import ThreadingMixIn
from typing import Any
from urllib.parse import parse_qs, urlsplit
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import requests

sys.path.insert(0, str(Path(__file__).parent))

import pages  # noqa: E402
from gatehouse import Account, Asked, Ended, Gatehouse, Refused  # noqa: E402

DEMO = Path(os.environ.get("DEMO_FILE") or Path(__file__).resolve().parents[2] / ".local" / "demo.json")
REDIRECT_URI = os.environ.get("REDIRECT_URI", "http://127.0.0.1:9500/callback")
RESOURCE_SERVER = os.environ.get("RESOURCE_SERVER", "http://127.0.0.1:8100")
# Cookies know no ports: programs on one machine need names of their own. Over https, add Secure and __Host-.
COOKIE = "web_app"
LARGEST_FORM = 16_384

type StartResponse = Callable[[str, list[tuple[str, str]]], Any]


@dataclass
class Visitor:
    """One browser: what it was sent away with, and who came back."""

    asked: Asked | None = None
    account: Account | None = None


@dataclass
class Request:
    visitor: Visitor
    query: dict[str, str]
    form: dict[str, str]


@dataclass
class Answer:
    status: str
    html: str = ""
    location: str = ""
    # The browser gets a new cookie: whoever planted the old one (fixation) is left with nothing.
    anew: bool = False


class App:
    """The WSGI application. Visitors are kept in memory; a real one has a table for them."""

    def __init__(self, gatehouse: Gatehouse) -> None:
        self.gatehouse = gatehouse
        self.home = f"{gatehouse.redirect_uri.removesuffix(urlsplit(gatehouse.redirect_uri).path)}/"
        self.visitors: dict[str, Visitor] = {}
        self.routes = {
            ("GET", "/"): self.show,
            ("POST", "/sign-in"): self.sign_in,
            ("GET", urlsplit(gatehouse.redirect_uri).path): self.come_back,
            ("POST", "/renew"): self.renew,
            ("POST", "/sign-out"): self.sign_out,
            ("POST", "/back-channel-logout"): self.back_channel_logout,
        }

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        found = self.visitors.get(cookie(environ)) or Visitor()
        view = self.routes.get((environ["REQUEST_METHOD"], environ["PATH_INFO"]), not_found)
        try:
            answer = view(Request(found, first(environ.get("QUERY_STRING", "")), form(environ)))
        except Refused as refusal:
            answer = Answer("400 Bad Request", pages.refused(str(refusal)))
        except requests.RequestException:
            answer = Answer("502 Bad Gateway", pages.refused("Gatehouse or the work orders don't answer."))
        headers = [("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "no-store")]
        headers += [("Location", answer.location)] if answer.location else []
        headers += [("Set-Cookie", self.remember(found))] if answer.anew else []
        # The code in the address of the callback must not travel on in a Referer.
        start_response(answer.status, [*headers, ("Referrer-Policy", "no-referrer")])
        return [answer.html.encode()]

    def remember(self, visitor: Visitor) -> str:
        self.forget(visitor)
        name = token_urlsafe(32)
        self.visitors[name] = visitor
        # Lax: cross-site posts come without it, so no other site can press our buttons.
        return f"{COOKIE}={name}; Path=/; HttpOnly; SameSite=Lax"

    def forget(self, visitor: Visitor) -> None:
        self.visitors = {name: known for name, known in self.visitors.items() if known is not visitor}

    def show(self, request: Request) -> Answer:
        account = request.visitor.account
        if account is None:
            return Answer("200 OK", pages.welcome())
        try:
            person = self.gatehouse.get(account, self.gatehouse.metadata["userinfo_endpoint"])
            orders = self.gatehouse.get(account, f"{RESOURCE_SERVER}/work-orders")
        except Ended:
            request.visitor.account = None
            return Answer("200 OK", pages.welcome("Your access was ended. Sign in again."))
        found = orders.json()["work_orders"] if orders.ok else []
        problem = "" if orders.ok else f"The work orders were refused: {orders.status_code}."
        return Answer("200 OK", pages.account(person.json(), account, found, problem))

    def sign_in(self, request: Request) -> Answer:
        address, request.visitor.asked = self.gatehouse.ask()
        return Answer("303 See Other", location=address, anew=True)

    def come_back(self, request: Request) -> Answer:
        asked, request.visitor.asked = request.visitor.asked, None
        if asked is None:
            raise Refused("Nothing was asked in this browser, or it was answered before. Sign in again.")
        request.visitor.account = self.gatehouse.redeem(asked, request.query)
        return Answer("303 See Other", location="/", anew=True)

    def renew(self, request: Request) -> Answer:
        if request.visitor.account is not None:
            self.gatehouse.renew(request.visitor.account)
        return Answer("303 See Other", location="/")

    def sign_out(self, request: Request) -> Answer:
        self.forget(request.visitor)
        account = request.visitor.account
        location = self.gatehouse.sign_out_address(account, self.home) if account else "/"
        return Answer("303 See Other", location=location)

    def back_channel_logout(self, request: Request) -> Answer:
        ended = self.gatehouse.read_logout_token(request.form.get("logout_token", ""))
        for visitor in list(self.visitors.values()):
            if visitor.account and is_about(ended, visitor.account.claims):
                visitor.account = None
        return Answer("200 OK")


def is_about(ended: dict[str, Any], claims: dict[str, Any]) -> bool:
    """One session of the person, or all of them when none is named (Back-Channel Logout §2.4)."""
    return all(ended[name] == claims.get(name) for name in ("sid", "sub") if name in ended)


def not_found(request: Request) -> Answer:
    return Answer("404 Not Found", pages.refused("There is nothing at this address."))


def cookie(environ: dict[str, Any]) -> str:
    try:
        found = SimpleCookie(environ.get("HTTP_COOKIE", "")).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found else ""


def form(environ: dict[str, Any]) -> dict[str, str]:
    length = environ.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > LARGEST_FORM:
        return {}
    return first(environ["wsgi.input"].read(int(length)).decode("ascii", "replace"))


def first(encoded: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(encoded).items()}


def credentials() -> tuple[str, str, str]:
    """Issuer, key and secret of a confidential consumer whose callback is ours."""
    if "ISSUER" in os.environ:
        return os.environ["ISSUER"], os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"]
    if not DEMO.exists():
        raise SystemExit("Start Gatehouse with `make run` first, or set ISSUER, CLIENT_ID and CLIENT_SECRET.")
    company = json.loads(DEMO.read_text(encoding="utf-8"))["companies"][0]
    able = [one for one in company["consumers"] if REDIRECT_URI in one["redirect_uris"] and one["client_secret"]]
    return company["issuer"], able[0]["client_id"], able[0]["client_secret"]


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Quiet(WSGIRequestHandler):
    """One line per request, without the query: the code is in it."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        print(f"{self.command} {self.path.partition('?')[0]} {getattr(code, 'value', code)}", flush=True)


def main() -> None:
    issuer, client_id, client_secret = credentials()
    try:
        app = App(Gatehouse(issuer, client_id, client_secret, REDIRECT_URI))
    except requests.RequestException as error:
        raise SystemExit(f"Gatehouse does not answer at {issuer}: {error}") from None
    port = urlsplit(REDIRECT_URI).port or 80
    with make_server("127.0.0.1", port, app, Server, Quiet) as server:
        print(f"Open {app.home} in a browser.", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(0)
