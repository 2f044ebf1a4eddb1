"""A third-party system, as small as it gets: gets a token with Authlib's stock client and reads work orders.

Settings are environment variables; without them, the demo world of `make run` is used.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session

DEMO = Path(os.environ.get("DEMO_FILE") or Path(__file__).resolve().parents[2] / ".local" / "demo.json")
SCOPE = "work_orders:view"
RESOURCE_SERVER = os.environ.get("RESOURCE_SERVER", "http://127.0.0.1:8100")


class Refused(Exception):
    """Gatehouse or the resource server said no; the message says who and why."""


@dataclass(frozen=True)
class Account:
    """Key and secret as the OAuth consumers page shows them, and where its tokens are taken."""

    client_id: str
    client_secret: str
    path: str


def read_work_orders(issuer: str, account: Account) -> list[dict[str, str]]:
    session = OAuth2Session(
        account.client_id, account.client_secret, scope=SCOPE, token_endpoint_auth_method="client_secret_basic"
    )
    try:
        session.fetch_token(f"{issuer}/oauth/token", grant_type="client_credentials")
    except OAuthError as error:
        raise Refused(f"No token: {error.error}. {error.description or ''}".strip()) from None
    answer = session.get(f"{RESOURCE_SERVER}{account.path}", timeout=10)
    if answer.status_code != 200:
        raise Refused(f"{account.path}: {answer.status_code} {answer.headers.get('WWW-Authenticate', '')}".strip())
    return answer.json()["work_orders"]


def accounts() -> tuple[str, list[Account]]:
    """The issuer, and one account for each way the resource server checks tokens."""
    if "ISSUER" in os.environ:
        path = os.environ.get("RESOURCE_PATH", "/work-orders")
        return os.environ["ISSUER"], [Account(os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"], path)]
    if not DEMO.exists():
        raise SystemExit("Start Gatehouse with `make run` first, or set ISSUER, CLIENT_ID and CLIENT_SECRET.")
    company = json.loads(DEMO.read_text(encoding="utf-8"))["companies"][0]
    paths = {"opaque": "/work-orders", "jwt": "/jwt/work-orders"}
    found = {}
    for consumer in company["consumers"]:
        if SCOPE in consumer["scopes"] and consumer["grant_type"] == "client_credentials":
            account = Account(consumer["client_id"], consumer["client_secret"], paths[consumer["token_format"]])
            found.setdefault(consumer["token_format"], account)
    return company["issuer"], list(found.values())


def main() -> None:
    issuer, known = accounts()
    for account in known:
        try:
            work_orders = read_work_orders(issuer, account)
        except Refused as refusal:
            raise SystemExit(f"Refused. {refusal}") from None
        except requests.ConnectionError as error:
            raise SystemExit(f"Nobody answers at {error.request.url if error.request else issuer}.") from None
        print(f"{account.path} ({len(work_orders)} work orders)")
        for order in work_orders:
            print(f"  {order['number']}  {order['title']:<34} {order['asset']}  {order['state']}")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
