"""Requests nobody thought of, put together from good and bad parts: whatever we grant, stock django-oauth-toolkit
grants too, and nothing makes us break. The few things that only we take (tests/oracle/differences.py) are left out."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracle.cases import BASIC, FORM, GRANT, Case


def mostly(good, *others):
    return st.sampled_from([good] * (4 * len(others)) + list(others))


GRANTS = mostly(
    GRANT, "", "grant_type=", f"{GRANT}+", "grant_type=CLIENT_CREDENTIALS", "grant_type=refresh_token",
    "grant%5Ftype=client%5Fcredentials", f"{GRANT}&{GRANT}", f"{GRANT}&grant_type=", f"{GRANT};x=y", "Grant_Type=x",
)  # fmt: skip
SCOPES = mostly(
    "", "scope=assets:view", "scope=work_orders:view+assets:view", "scope=assets%3Aview%20work_orders%3Aview",
    "scope=+", "scope=assets:view+nonsense", "scope=+assets:view", "scope=assets:view+", "scope=++",
    "scope=ASSETS:VIEW", "scope=assets:view,work_orders:view", "scope=*",
    "scope=assets:view%0a", "scope=assets:view%00",
    "scope=assets:view&scope=assets:view", "scope=__all__", "scope=consumers:delete", "scope[]=assets:view",
)  # fmt: skip
BODY_CLIENTS = mostly(
    "", "client_id={key}", "client_id={other_key}", "client_id=", "client_secret={secret}", "client_secret=",
    "client_id={key}&client_secret={secret}", "client_id={key}&client_secret={other_secret}", "client_id={key}%20",
    "client_id={deleted_key}&client_secret={deleted_secret}", "client_id={key}&client_id={key}", "client_id={key}%00",
    "client_assertion_type=x&client_assertion=y",
)  # fmt: skip
BASICS = mostly(
    BASIC, "", ":{secret}", "{key}:", "{key}", "{key}:{secret}:", "{key}:{other_secret}", "{other_key}:{secret}",
    "{percent_key}:{percent_secret}", " {key}:{secret}", "{key} :{secret}", "{key}:{secret}\n", "{key}:{upper_secret}",
    "{deleted_key}:{deleted_secret}", "{key}:{secret}%", "{key}:{secret}+",
)  # fmt: skip
EXTRAS = mostly(
    "", "foo=bar", "&", "=", "token_type_hint=access_token", "token_type_hint=refresh_token", "code=x", "username=ana",
    "resource=", "access_token={secret}", "%=%", "%zz", "a" * 300,
)  # fmt: skip
TOKENS = mostly(
    "token={token}", "token={other_token}", "token={revoked_token}", "token={expired_token}", "token={token}+",
    "token=", "token=+{token}", "token={token}&token=", "token={token}%00", "Token={token}",
    "token={token}&token={other_token}",
)  # fmt: skip
TYPES = mostly(FORM, f"{FORM};charset=utf-8", f"{FORM.upper()}", "text/plain", "")
METHODS = mostly("POST", "GET", "PUT")
QUERIES = mostly("", GRANT, "token={token}", "client_id={key}", "scope=assets:view")
GRANTED = {"token": "2xx with", "introspect": "2xx active", "revoke": "the token is dead"}


@st.composite
def requests(draw, endpoint):
    parts = [GRANTS, SCOPES, BODY_CLIENTS, EXTRAS] if endpoint == "token" else [TOKENS, BODY_CLIENTS, EXTRAS]
    body = "&".join(part for part in draw(st.permutations([draw(part) for part in parts])) if part)
    more = {"basic": draw(BASICS), "content_type": draw(TYPES), "method": draw(METHODS), "query": draw(QUERIES)}
    return Case("", "something", endpoint, body, **more)


def compare(stock, ours, case):
    verdict = ours.verdict(case)
    assert not verdict.startswith("5xx"), verdict
    if GRANTED[case.endpoint] in verdict:
        other = stock.verdict(case)
        assert GRANTED[case.endpoint] in other, (verdict, other)
        if case.endpoint == "token":
            assert set(verdict.split()[2:]) <= set(other.split()[2:])


@settings(max_examples=150, deadline=None)
@given(case=requests("token"))
def test_no_token_is_granted_that_stock_refuses(stock, ours, case):
    compare(stock, ours, case)


@settings(max_examples=60, deadline=None)
@given(case=requests("introspect"))
def test_nothing_is_told_that_stock_does_not_tell(stock, ours, case):
    compare(stock, ours, case)


@settings(max_examples=60, deadline=None)
@given(case=requests("revoke"))
def test_nothing_is_revoked_that_stock_does_not_revoke(stock, ours, case):
    compare(stock, ours, case)
