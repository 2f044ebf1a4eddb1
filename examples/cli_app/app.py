"""A command-line app, as small as it gets: a person lets it in from any browser (RFC 8628), then it reads work orders.

Nothing but Python's standard library, and nothing is stored: the token is given back at the end. Settings are
environment variables; without them, the demo world of `make run` is used.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

DEMO = Path(os.environ.get("DEMO_FILE") or Path(__file__).resolve().parents[2] / ".local" / "demo.json")
SCOPE = "openid profile email work_orders:view"
RESOURCE_SERVER = os.environ.get("RESOURCE_SERVER", "http://127.0.0.1:8100")
DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
TIMEOUT_SECONDS = 10
# RFC 8628 §3.2 and §3.5: how often to ask when nothing is said, and how much longer to wait when told to slow down.
USUAL_INTERVAL_SECONDS = SLOWER_BY_SECONDS = 5


class Refused(Exception):
    """An answer that is an error, by its code (RFC 6749 §5.2)."""

    def __init__(self, code: str, description: str = "") -> None:
        super().__init__(f"{code}. {description}".strip())
        self.code = code


def main() -> None:
    issuer, client_id = client()
    known = get(f"{issuer}/.well-known/openid-configuration")
    asked = post(known["device_authorization_endpoint"], client_id=client_id, scope=SCOPE)
    print(f"Open {asked['verification_uri']} and enter the code\n\n    {asked['user_code']}\n", flush=True)
    token = wait(known["token_endpoint"], client_id, asked)["access_token"]
    try:
        show(get(known["userinfo_endpoint"], token), get(f"{RESOURCE_SERVER}/work-orders", token)["work_orders"])
    finally:
        post(known["revocation_endpoint"], client_id=client_id, token=token)


def wait(token_endpoint: str, client_id: str, asked: dict[str, Any]) -> dict[str, Any]:
    """Until the person has said yes. Raises Refused when they say no or nothing in time."""
    interval = asked.get("interval", USUAL_INTERVAL_SECONDS)
    until = time.monotonic() + asked["expires_in"]
    while time.monotonic() < until:
        time.sleep(interval)
        try:
            return post(token_endpoint, grant_type=DEVICE_CODE, device_code=asked["device_code"], client_id=client_id)
        except Refused as refusal:
            if refusal.code == "slow_down":
                interval += SLOWER_BY_SECONDS
            elif refusal.code != "authorization_pending":
                raise
        except TimeoutError:
            # RFC 8628 §3.5: ask less often when nobody answers.
            interval *= 2
    raise Refused("expired_token", "Nobody entered the code in time.")


def show(person: dict[str, Any], work_orders: list[dict[str, Any]]) -> None:
    print(f"You are {person.get('name') or person['sub']}. Your work orders ({len(work_orders)}):")
    for order in work_orders:
        print(f"  {order['number']}  {order['title']:<34} {order['asset']}  {order['state']}")


def get(address: str, token: str = "") -> dict[str, Any]:
    return ask(Request(address, headers={"Authorization": f"Bearer {token}"} if token else {}))


def post(address: str, **form: str) -> dict[str, Any]:
    return ask(Request(address, urlencode(form).encode()))


def ask(request: Request) -> dict[str, Any]:
    """Raises Refused."""
    try:
        with urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
            return json.load(answer)
    except HTTPError as error:
        raise read(error) from None


def read(error: HTTPError) -> Refused:
    try:
        found = json.load(error)
        return Refused(found["error"], found.get("error_description", ""))
    except (ValueError, KeyError, TypeError):
        return Refused(f"{error.status} {error.reason}")


def client() -> tuple[str, str]:
    """The issuer, and the key of a public consumer that may be used without a browser."""
    if "ISSUER" in os.environ:
        return os.environ["ISSUER"], os.environ["CLIENT_ID"]
    if not DEMO.exists():
        raise SystemExit("Start Gatehouse with `make run` first, or set ISSUER and CLIENT_ID.")
    company = json.loads(DEMO.read_text(encoding="utf-8"))["companies"][0]
    able = [one for one in company["consumers"] if one.get("allows_device_flow")]
    return company["issuer"], able[0]["client_id"]


if __name__ == "__main__":
    try:
        main()
    except Refused as refusal:
        raise SystemExit(f"Refused: {refusal}") from None
    except (URLError, TimeoutError) as error:
        raise SystemExit(f"Nobody answers: {error}") from None
    except KeyboardInterrupt:
        sys.exit(130)
