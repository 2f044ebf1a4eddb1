"""What people see. Everything that came from elsewhere is escaped."""

from __future__ import annotations

import time
from html import escape
from typing import Any

from gatehouse import Account

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Work orders</title>
<style>
  :root {{ color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }}
  body {{ max-width: 44rem; margin: 3rem auto; padding: 0 1rem; }}
  table {{ border-collapse: collapse; width: 100%; }}
  th, td {{ text-align: start; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid #8886; }}
  button {{ font: inherit; padding: .4rem 1rem; }}
  form {{ display: inline-block; margin-inline-end: .5rem; }}
</style>
<h1>Work orders</h1>
{content}
"""


def page(content: str) -> str:
    return PAGE.format(content=content)


def button(action: str, text: str) -> str:
    return f'<form method="post" action="{action}"><button>{escape(text)}</button></form>'


def welcome(message: str = "Nobody is signed in.") -> str:
    return page(f"<p>{escape(message)}</p>{button('/sign-in', 'Sign in with Gatehouse')}")


def refused(reason: str) -> str:
    return page(f'<p role="alert">{escape(reason)}</p><p><a href="/">Back to the beginning</a></p>')


def account(person: dict[str, Any], account: Account, orders: list[dict[str, Any]], problem: str) -> str:
    who = person.get("name") or person.get("email") or person["sub"]
    minutes = max(0, round((account.token["expires_at"] - time.time()) / 60))
    facts = {
        "E-mail": person.get("email", ""),
        "Identifier": person["sub"],
        "May do": account.token["scope"],
        "For another": f"{minutes} minutes",
        "Then": "renewed by itself" if "refresh_token" in account.token else "you sign in again",
    }
    rows = "".join(f"<tr><th>{escape(name)}<td>{escape(str(value))}" for name, value in facts.items())
    listed = "".join(
        f"<tr><td>{escape(str(order['number']))}<td>{escape(order['title'])}<td>{escape(order['state'])}"
        for order in orders
    )
    return page(
        f"<p>Signed in as <strong>{escape(who)}</strong></p><table>{rows}</table>"
        f"<h2>Your work orders</h2>"
        + (f'<p role="alert">{escape(problem)}</p>' if problem else f"<table>{listed}</table>")
        + f"<p>{button('/renew', 'Renew tokens')}{button('/sign-out', 'Sign out')}</p>"
    )
