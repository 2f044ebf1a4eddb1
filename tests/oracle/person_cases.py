"""The requests about people that are put to both servers: asking for a code, redeeming it, refreshing, and what becomes
of their tokens. Both sides have two confidential apps that need not ask a person who is signed in.

In values, besides those of tests.oracle.cases, {app_key} and {app_secret} are the app's, {other_app_key} and
{other_app_secret} another's; {code} is a new code of the app, {used_code} one that was redeemed, {expired_code} says
what it is; {refresh_token} a new one, {used_refresh_token} one whose successor was used too, {repeated_refresh_token}
one that was used a moment ago, {revoked_refresh_token} and {user_token} say what they are.
"""

from __future__ import annotations

from urllib.parse import urlencode

from tests.cast import CALLBACK, CHALLENGE, VERIFIER
from tests.oracle.cases import Case, introspect, revoke, token

STATE = "a state/of&its=own +é"
ASKED = {
    "response_type": "code",
    "client_id": "{app_key}",
    "redirect_uri": CALLBACK,
    "scope": "assets:view",
    "state": STATE,
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}
APP = "{app_key}:{app_secret}"
OTHER_APP = "{other_app_key}:{other_app_secret}"
REDEEM = {
    "grant_type": "authorization_code",
    "code": "{code}",
    "redirect_uri": CALLBACK,
    "code_verifier": VERIFIER,
}
REFRESH = {"grant_type": "refresh_token", "refresh_token": "{refresh_token}"}


def written(fields: dict[str, str], more: str = "", without: str = "", **changes: str) -> str:
    """As a form, the names in braces left for later."""
    kept = {name: value for name, value in {**fields, **changes}.items() if name != without}
    return urlencode(kept, safe="{}") + more


def ask(row: str, name: str, more: str = "", without: str = "", **changes: str) -> Case:
    query = written(ASKED, more, without, **changes)
    return Case(row, name, "authorize", "", basic="", method="GET", query=query)


def redeem(row: str, name: str, more: str = "", without: str = "", basic: str = APP, **changes: str) -> Case:
    return token(row, name, written(REDEEM, more, without, **changes), basic=basic)


def refresh(row: str, name: str, more: str = "", without: str = "", basic: str = APP, **changes: str) -> Case:
    return token(row, name, written(REFRESH, more, without, **changes), basic=basic)


PERSON_CASES = [
    ask("AZ-18", "a good request"),
    ask("AZ-03", "no client_id", without="client_id"),
    ask("AZ-04", "an unknown client_id", client_id="nobody"),
    ask("AZ-04", "a client_id with NUL", client_id="a\0b"),
    ask("AZ-04", "a deleted app", client_id="{deleted_app_key}"),
    ask("AZ-05", "no response_type", without="response_type"),
    ask("AZ-06", "an unknown response_type", response_type="foo"),
    ask("AZ-07", "the implicit grant", response_type="token"),
    ask("AZ-08", "an ID token and a token", response_type="id_token token"),
    ask("AZ-08", "a code and a token", response_type="code token"),
    ask("AZ-09", "a consumer with client credentials", client_id="{key}"),
    ask("AZ-10", "client_id twice", "&client_id={app_key}"),
    ask("AZ-10", "redirect_uri twice", f"&redirect_uri={CALLBACK}"),
    *(
        ask("AZ-11", f"{name} twice", f"&{name}={value}")
        for name, value in (
            ("scope", "assets:view"), ("state", "other"), ("response_type", "code"), ("code_challenge", CHALLENGE),
        )
    ),
    ask("AZ-12", "an unknown parameter in the request", foo="bar"),
    ask("AZ-13", "an unknown scope in the request", scope="assets:view nonsense"),
    ask("AZ-13", "a scope beyond the permission groups in the request", scope="consumers:delete"),
    ask("AZ-13", "a malformed scope in the request", scope='a"b'),
    ask("AZ-14", "no scope in the request", without="scope"),
    ask("AZ-14", "a scope without a value in the request", scope=""),
    ask("AZ-17", "no state", without="state"),
    ask("AZ-16", "a state of 2 kB", state="s" * 2048),
    ask("AZ-39", "a request object", request="eyJhbGciOiJub25lIn0.e30."),
    ask("AZ-39", "a request_uri", request_uri="https://app.example/request.jwt"),
    ask("AZ-40", "a response_mode that does not exist", response_mode="bogus"),
    ask("AZ-40", "the answer in the fragment", response_mode="fragment"),
    ask("AZ-41", "a line break in the state", state="a\r\nSet-Cookie: b=c"),
    ask("AZ-41", "NUL in the state", state="a\0b"),
    ask("AZ-41", "NUL in the scope of the request", scope="assets:view\0"),
    ask("AZ-41", "a request that is no UTF-8", "&foo=%ff%fe"),
    ask("AZ-41", "a state that is no UTF-8", "&state=%ff%fe", without="state"),
    ask("RU-01", "a path below the callback", redirect_uri=f"{CALLBACK}/x"),
    ask("RU-02", "a way out of the callback", redirect_uri=f"{CALLBACK}/../evil"),
    ask("RU-02", "an encoded way out of the callback", redirect_uri=f"{CALLBACK}%2f..%2fevil"),
    ask("RU-03", "a query added to the callback", redirect_uri=f"{CALLBACK}?x=1"),
    ask("RU-04", "a slash behind the callback", redirect_uri=f"{CALLBACK}/"),
    ask("RU-05", "the path in other letters", redirect_uri="https://app.example/Callback"),
    ask("RU-05", "the host in other letters", redirect_uri="https://APP.example/callback"),
    ask("RU-05", "the usual port written out", redirect_uri="https://app.example:443/callback"),
    ask("RU-05", "http instead of https", redirect_uri="http://app.example/callback"),
    ask("RU-06", "a host that begins alike", redirect_uri="https://app.example.evil.test/callback"),
    ask("RU-06", "a user name like the host", redirect_uri="https://app.example@evil.test/callback"),
    ask("RU-07", "a fragment in the callback", redirect_uri=f"{CALLBACK}#frag"),
    ask("RU-08", "a percent-encoded letter", redirect_uri="https://app.example/%63allback"),
    ask("RU-13", "no redirect_uri and one registered", without="redirect_uri"),
    ask("RU-15", "a script as callback", redirect_uri="javascript:alert(1)"),
    ask("RU-20", "a backslash in the callback", redirect_uri="https://app.example\\@evil.test/callback"),
    ask("RU-20", "a line break in the callback", redirect_uri=f"{CALLBACK}\r\nX: y"),
    ask("RU-20", "NUL in the callback", redirect_uri=f"{CALLBACK}\0"),
    ask("PK-02", "no code_challenge", without="code_challenge"),
    ask("PK-03", "a plain challenge", code_challenge_method="plain"),
    ask("PK-04", "no code_challenge_method", without="code_challenge_method"),
    ask("PK-05", "an unknown code_challenge_method", code_challenge_method="S512"),
    ask("PK-05", "a code_challenge_method in other letters", code_challenge_method="s256"),
    ask("PK-06", "a challenge that is too short", code_challenge="a" * 42),
    ask("PK-06", "a challenge that is too long", code_challenge="a" * 129),
    ask("PK-06", "a challenge with padding", code_challenge=f"{CHALLENGE}="),
    ask("PK-06", "a challenge with a space", code_challenge="a b" + "c" * 40),
    ask("OI-06", "prompt=none with another", prompt="none login"),
    redeem("CG-01", "a good code"),
    redeem("CG-02", "a code that was redeemed", code="{used_code}"),
    redeem("CG-04", "a redeemed code with a wrong verifier", code="{used_code}", code_verifier="b" * 43),
    redeem("CG-04", "a redeemed code with a wrong secret", code="{used_code}", basic="{app_key}:wrong"),
    redeem("CG-05", "the code of another app", basic=OTHER_APP),
    redeem("CG-05", "the redeemed code of another app", code="{used_code}", basic=OTHER_APP),
    redeem("CG-06", "an expired code", code="{expired_code}"),
    redeem("CG-07", "an unknown code", code="garbage"),
    redeem("CG-08", "no code", without="code"),
    redeem("CG-08", "a code without a value", code=""),
    redeem("CG-12", "a code with client_id alone", basic="", client_id="{app_key}"),
    redeem("CG-15", "an access token as code", code="{user_token}"),
    redeem("CG-16", "a wider scope with the code", scope="assets:view work_orders:view"),
    redeem("RU-21", "another redirect_uri with the code", redirect_uri="https://app.example/other"),
    redeem("RU-22", "no redirect_uri with the code", without="redirect_uri"),
    redeem("PK-08", "no verifier", without="code_verifier"),
    redeem("PK-09", "a wrong verifier", code_verifier="b" * 43),
    redeem("PK-10", "the challenge as verifier", code_verifier=CHALLENGE),
    redeem("PK-11", "a verifier that is too short", code_verifier="short"),
    redeem("PK-11", "a verifier that is too long", code_verifier="a" * 129),
    redeem("HT-13", "code twice", "&code={code}"),
    redeem("HT-13", "code_verifier twice", f"&code_verifier={VERIFIER}"),
    redeem("HT-11", "NUL in the code", code="a\0b"),
    redeem("HT-12", "a code of 100 kB", code="a" * 100_000),
    redeem("HT-15", "code_verifier without a value", code_verifier=""),
    redeem("CC-07", "client credentials for an app", grant_type="client_credentials", without="code"),
    redeem("CC-09", "a code for client credentials", basic="{key}:{secret}"),
    refresh("RT-01", "a good refresh"),
    refresh("RT-03", "a refresh token whose successor was used", refresh_token="{used_refresh_token}"),
    refresh("RT-11", "a refresh token again at once", refresh_token="{repeated_refresh_token}"),
    refresh("RT-04", "the refresh token of another app", basic=OTHER_APP),
    refresh("RT-04", "a used refresh token of another app", refresh_token="{used_refresh_token}", basic=OTHER_APP),
    refresh("RT-05", "a refresh without the secret", basic="", client_id="{app_key}"),
    refresh("RT-06", "a wider scope at refresh", scope="assets:view work_orders:view"),
    refresh("RT-06", "an unknown scope at refresh", scope="nonsense"),
    refresh("RT-07", "the same scope at refresh", scope="assets:view"),
    refresh("RT-08", "garbage as refresh token", refresh_token="garbage"),
    refresh("RT-08", "no refresh token", without="refresh_token"),
    refresh("RT-09", "a revoked refresh token", refresh_token="{revoked_refresh_token}"),
    refresh("RT-16", "an access token as refresh token", refresh_token="{user_token}"),
    refresh("RT-17", "a refresh token for client credentials", basic="{key}:{secret}"),
    refresh("CG-15", "a code as refresh token", refresh_token="{code}"),
    refresh("HT-13", "refresh_token twice", "&refresh_token={refresh_token}"),
    refresh("HT-11", "NUL in the refresh token", refresh_token="a\0b"),
    introspect("IN-01", "a person's token", "token={user_token}", basic=APP),
    introspect("IN-12", "a refresh token at introspection", "token={refresh_token}", basic=APP),
    introspect("IN-12", "another's refresh token at introspection", "token={refresh_token}", basic=OTHER_APP),
    introspect("IN-15", "a code at introspection", "token={code}", basic=APP),
    revoke("RV-01", "a person's access token", "token={user_token}", basic=APP),
    revoke("RV-02", "one's own refresh token", "token={refresh_token}", basic=APP),
    revoke("RV-07", "another's refresh token", "token={refresh_token}", basic=OTHER_APP),
    revoke("RV-09", "a refresh token as access token", "token={refresh_token}&token_type_hint=access_token", basic=APP),
    revoke("RV-19", "a code to revoke", "token={code}", basic=APP),
]  # fmt: skip
