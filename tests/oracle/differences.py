"""Where our verdict differs from stock django-oauth-toolkit's, which text decides and why ours is the stricter or the
exacter one. `python -m tests.oracle.differences` renders docs/differences-to-django-oauth-toolkit.md."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "differences-to-django-oauth-toolkit.md"
NO_CODE = "4xx without an error code"
BROKEN = "5xx without an error code"
BAD = "4xx invalid_request"
BOTH = "2xx with assets:view work_orders:view"


@dataclass(frozen=True)
class Difference:
    """Cases (tests.oracle.cases, by id) that have the same two verdicts for the same reason."""

    cases: tuple[str, ...]
    stock: str
    ours: str
    source: str
    why: str


POSTED = "The method is refused alike (405), but ours says so in the JSON every client library reads, with Allow."
UTF8 = (
    "The body is text in UTF-8. What isn't can't be a scope or a token, and a character that was replaced silently is "
    "not what was sent: the request is refused as a whole, before anything is looked up."
)
NUL = "No value may hold a control character, and PostgreSQL's text takes no NUL: refused before anything is looked up."
LONG = "Longer than 16 kB is no OAuth request; it is refused (413) by its length, without being parsed or looked up."
ONCE = "A parameter MUST NOT be included more than once. Whoever takes the first or the last of two can be deceived."
UNKNOWN = (
    "An address may have a query of its own, and unrecognised parameters MUST be ignored. Those that belong into the "
    "body are refused in the URL by both."
)
CLIENT = (
    "Every endpoint that authenticates clients refuses them in one way: 401, invalid_client and a Basic challenge. "
    "A bare 403 tells a library neither what is wrong nor how to mend it."
)
NOT_OFFERED = (
    "The grant isn't offered at all, so nothing that it would carry is read, least of all a person's password."
)
BROKEN_CLIENT = "A client that can't exist is refused like every unknown one; it doesn't break the server."
ONE_WAY = "A client MUST NOT use more than one authentication method in a request."

DIFFERENCES = (
    Difference(
        (
            "HT-03 GET with everything in the URL",
            "HT-04 PUT at the token endpoint",
            "HT-04 PATCH at the token endpoint",
            "HT-04 DELETE at the token endpoint",
            "HT-04 PUT at introspection",
        ),
        NO_CODE, BAD, "RFC 6749 §3.2, §5.2; RFC 9110 §15.5.6", POSTED,
    ),
    Difference(
        ("HT-04 DELETE at revocation", "RV-11 GET to revoke"),
        f"{NO_CODE}, the token lives", f"{BAD}, the token lives", "RFC 7009 §2.1; RFC 9110 §15.5.6", POSTED,
    ),
    Difference(
        ("HT-05 a JSON body",),
        "4xx unsupported_grant_type", BAD, "RFC 6749 §4.4.2, Appendix B",
        "The content type is what is wrong, and that is what we say; nothing in such a body is read.",
    ),
    Difference(
        ("HT-06 a multipart body",),
        BOTH, BAD, "RFC 6749 §4.4.2, Appendix B",
        "Requests are application/x-www-form-urlencoded and nothing else: one parser, one meaning.",
    ),
    Difference(
        ("HT-09 a content type with another charset",),
        NO_CODE, BOTH, "RFC 6749 Appendix B; RFC 6749 §5.2",
        "The media type has no charset parameter: the body is UTF-8 whatever is said of it, and one that isn't is "
        "refused. Stock answers with a page that is not JSON.",
    ),
    Difference(
        ("HT-10 a scope that is no UTF-8", "HT-10 raw bytes that are no UTF-8"),
        "4xx invalid_scope", BAD, "RFC 6749 Appendix B", UTF8,
    ),
    Difference(
        ("HT-10 a token that is no UTF-8",), "2xx inactive", BAD, "RFC 6749 Appendix B; RFC 7662 §2.1", UTF8,
    ),
    Difference(
        ("HT-10 a token to revoke that is no UTF-8",), "2xx", BAD, "RFC 6749 Appendix B; RFC 7009 §2.1", UTF8,
    ),
    Difference(("HT-11 NUL in the scope",), "4xx invalid_scope", BAD, "RFC 6749 Appendix A.4", NUL),
    Difference(("HT-11 NUL in the client_id",), BROKEN, BAD, "RFC 6749 Appendix A.1", NUL),
    Difference(
        ("HT-11 NUL in a token to introspect",), "2xx inactive", BAD, "RFC 6749 Appendix A.12; RFC 7662 §2.1", NUL,
    ),
    Difference(("HT-11 NUL in a token to revoke",), "2xx", BAD, "RFC 6749 Appendix A.12; RFC 7009 §2.1", NUL),
    Difference(("HT-12 a scope of 100 kB",), "4xx invalid_scope", BAD, "RFC 9110 §15.5.14", LONG),
    Difference(("HT-12 a token of 100 kB to introspect",), "2xx inactive", BAD, "RFC 9110 §15.5.14", LONG),
    Difference(("HT-12 a token of 100 kB to revoke",), "2xx", BAD, "RFC 9110 §15.5.14; RFC 7009 §5", LONG),
    Difference(("HT-13 grant_type twice", "HT-13 client_id twice"), BOTH, BAD, "RFC 6749 §3.2, §5.2", ONCE),
    Difference(("HT-13 scope twice",), "2xx with assets:view", BAD, "RFC 6749 §3.2, §5.2", ONCE),
    Difference(("HT-13 token twice at introspection",), "2xx active", BAD, "RFC 6749 §3.2, §5.2", ONCE),
    Difference(
        ("RV-17 token twice at revocation",),
        "2xx, the token is dead", f"{BAD}, the token lives", "RFC 6749 §3.2, §5.2", ONCE,
    ),
    Difference(("HT-14 an unknown parameter in the URL",), BAD, BOTH, "RFC 6749 §3.2", UNKNOWN),
    Difference(
        ("HT-14 an unknown parameter in the URL of revocation",),
        f"{BAD}, the token lives", "2xx, the token is dead", "RFC 6749 §3.2; RFC 7009 §2.1", UNKNOWN,
    ),
    Difference(
        ("HT-15 scope without a value",),
        "4xx invalid_scope", BOTH, "RFC 6749 §3.2",
        "A parameter sent without a value MUST be treated as omitted: the default scope, named in the answer.",
    ),
    Difference(("CA-06 the secret in header and body",), BOTH, BAD, "RFC 6749 §2.3, §5.2", ONE_WAY),
    Difference(
        ("CA-06 introspection with the secret twice",),
        "2xx active", BAD, "RFC 6749 §2.3, §5.2; RFC 7662 §2.1", ONE_WAY,
    ),
    Difference(
        ("CA-07 one client in the header, another in the body",),
        "4xx server_error", BAD, "RFC 6749 §2.3, §5.2",
        "Refused by both, but the fault is the request's: server_error would have a program try again for ever.",
    ),
    Difference(("CA-10 NUL in Basic",), BROKEN, "4xx invalid_client", "RFC 6749 §5.2, Appendix A.1", BROKEN_CLIENT),
    Difference(
        ("CC-04 a scope beyond the permission groups",),
        "2xx with consumers:delete", "4xx invalid_scope", "RFC 6749 §3.3, §5.2",
        "Stock grants every scope of the installation to every client. Ours are bounded by permission groups and by "
        "the modules the company has.",
    ),
    Difference(
        ("CC-08 no grant_type", "CC-08 grant_type without a value"),
        "4xx unsupported_grant_type", BAD, "RFC 6749 §5.2",
        "A required parameter is missing, which is invalid_request.",
    ),
    Difference(
        ("CC-09 a device code that is missing",),
        BROKEN, "4xx unsupported_grant_type", "RFC 6749 §5.2; RFC 8628 §3.5", NOT_OFFERED,
    ),
    Difference(
        ("CC-10 the password grant", "CC-09 a refresh token that is garbage"),
        "4xx invalid_grant", "4xx unsupported_grant_type", "RFC 6749 §5.2; RFC 9700 §2.4", NOT_OFFERED,
    ),
    Difference(
        ("CC-14 the same scope twice",),
        "2xx with assets:view assets:view", "2xx with assets:view", "RFC 6749 §3.3",
        "Scopes are a set: each is named once in the answer.",
    ),
    Difference(
        ("CC-14 two spaces between two scopes",),
        "4xx invalid_scope", BOTH, "RFC 6749 §3.3",
        "Here we are the kinder one: two spaces divide as one does, and grant no more than one. Stock takes them "
        "before and behind the scopes, but not between.",
    ),
    Difference(
        (
            "IN-05 introspection without a client",
            "IN-06 introspection with a wrong secret",
            "IN-06 introspection with a wrong secret in the body",
            "IN-06 introspection by a deleted client",
        ),
        NO_CODE, "4xx invalid_client", "RFC 7662 §2.1, §2.3; RFC 6749 §5.2", CLIENT,
    ),
    Difference(
        ("IN-08 GET to introspect",),
        "2xx active", BAD, "RFC 7662 §2.1, §4", "A token in a URL ends in logs and histories: POST only.",
    ),
    Difference(
        ("IN-09 another's token, without the right to see it",),
        "2xx active", "2xx inactive", "RFC 7662 §2.2, §4",
        "Only the consumer a token belongs to, and those whose permission groups allow authorizations:view, learn "
        "about it. Stock tells every client about every token.",
    ),
)  # fmt: skip

HEAD = f"""# Where we differ from stock django-oauth-toolkit

The same requests go to our endpoints and to the stock views of django-oauth-toolkit {version("django-oauth-toolkit")}
with every gate of RFC 9700 on (`tests/oracle`). Verdicts are compared: the class of the status, the error code, for
introspection whether the token is active, for revocation whether it still lives. Where nothing is listed here, they are
the same; an unlisted difference fails the tests, and so does a listed one that is no more.

Made from `tests/oracle/differences.py` by `python -m tests.oracle.differences`.

| Request: stock → **ours** | Decided by | Why |
|---|---|---|
"""

FOOT = """
## A resource server that runs django-oauth-toolkit

Its `OAuth2Authentication` and `TokenHasScope` work against us unmodified (`tests/oracle/test_resource_server.py`), with
these settings:

- `RESOURCE_SERVER_INTROSPECTION_URL`: `<issuer>/oauth/introspect`;
- `RESOURCE_SERVER_INTROSPECTION_CREDENTIALS`: key and secret of a consumer whose permission groups allow
  `authorizations:view`;
- `RESOURCE_SERVER_TOKEN_RESOURCE_VALIDATOR`: a function that accepts the audience `<issuer>/api`. Its default takes an
  audience for the beginning of the resource server's own address (RFC 8707) and refuses our tokens everywhere but at
  our own API;
- `RESOURCE_SERVER_TOKEN_CACHING_SECONDS`: how long a revoked token may live on there, for that long it does not ask
  again. Its default is ten hours; 1 is the least that works.
"""


def by_case() -> dict[str, Difference]:
    return {case: difference for difference in DIFFERENCES for case in difference.cases}


def render() -> str:
    reasons: dict[str, list[Difference]] = {}
    for difference in DIFFERENCES:
        reasons.setdefault(difference.why, []).append(difference)
    rows = [f"| {verdicts(group)} | {sources(group)} | {why} |" for why, group in reasons.items()]
    return HEAD + "\n".join(rows) + "\n" + FOOT


def verdicts(group: list[Difference]) -> str:
    return "<br>".join(f"{case}: {one.stock} → **{one.ours}**" for one in group for case in one.cases)


def sources(group: list[Difference]) -> str:
    """Each once, in the order they are first named."""
    return "; ".join(dict.fromkeys(part for one in group for part in one.source.split("; ")))


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")
