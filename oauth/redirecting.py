"""Sending a browser on: always 303, so that no form is sent along (RFC 9700 §4.12), and without a referrer, for the
address it leaves may hold a reference or a code."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from django.http import HttpResponse


def see_other(address: str) -> HttpResponse:
    """To the address as it is. Not HttpResponseRedirect: it knows no schemes of native apps, would write some addresses
    anew, and has a limit of its own."""
    answer = HttpResponse(status=303, headers={"Location": address})
    del answer["Content-Type"]
    return unreferred(answer)


def unreferred(answer: HttpResponse) -> HttpResponse:
    answer["Referrer-Policy"] = "no-referrer"
    return answer


def with_query(address: str, fields: dict[str, str]) -> str:
    """The address's own query is kept (RFC 6749 §3.1.2). Spaces become %20, which every decoder understands."""
    if not fields:
        return address
    return f"{address}{'&' if '?' in address else '?'}{urlencode(fields, quote_via=quote, safe='')}"
