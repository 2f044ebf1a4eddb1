"""RFC 9068 §4 as the example resource server checks it, claim by claim, with keys of our own."""

import base64
import hmac
import sys
import time

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from config import env

ISSUER = "https://gatehouse.example/t/acme"


@pytest.fixture(scope="module")
def tokens():
    sys.path.insert(0, str(env.ROOT / "examples" / "resource_server"))
    try:
        import tokens
    finally:
        sys.path.pop(0)
    return tokens


@pytest.fixture
def key():
    return ECKey.generate_key("P-256", {"kid": "one"})


class Jwks:
    """The issuer's JWKS, as long as it answers."""

    def __init__(self, *keys):
        self.keys, self.asked, self.answers = list(keys), 0, True

    def __call__(self, request):
        self.asked += 1
        return httpx.Response(200 if self.answers else 500, json=KeySet(self.keys).as_dict(private=False))


@pytest.fixture
def jwks(key):
    return Jwks(key)


@pytest.fixture
def check(tokens, jwks):
    http = httpx.Client(transport=httpx.MockTransport(jwks))
    return tokens.SignedTokens(http, f"{ISSUER}/oauth/jwks", ISSUER)


def signed(key, header=(), **claims):
    usual = {
        "iss": ISSUER,
        "aud": f"{ISSUER}/api",
        "exp": int(time.time()) + 60,
        "sub": "gk_x",
        "client_id": "gk_x",
        "scope": "work_orders:view assets:view",
    }
    content = {name: value for name, value in {**usual, **claims}.items() if value is not None}
    return jwt.encode({"alg": "ES256", "typ": "at+jwt", "kid": "one", **dict(header)}, content, key)


@pytest.mark.rfc("9068", "2.1", "AT-01: both spellings of the type are good")
@pytest.mark.parametrize("typ", ["at+jwt", "AT+JWT", "application/at+jwt"])
def test_a_good_token_tells_its_scopes(check, key, typ):
    assert check.scopes_of(signed(key, {"typ": typ})) == {"work_orders:view", "assets:view"}


@pytest.mark.rfc("9068", "4", "AT-05, AT-07: each claim is checked")
@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://gatehouse.example/t/beta"},
        {"aud": "https://elsewhere.example"},
        {"aud": None},
        {"exp": int(time.time()) - 5},
        {"exp": None},
        {"exp": "soon"},
        {"sub": None},
        {"client_id": None},
    ],
)
def test_a_token_that_says_something_else_is_refused(tokens, check, key, claims):
    with pytest.raises(tokens.NotActive):
        check.scopes_of(signed(key, **claims))


@pytest.mark.rfc("8725", "3.11", "AT-07: an ID token is not an access token")
@pytest.mark.parametrize("typ", ["JWT", "", "token-introspection+jwt", None])
def test_a_token_of_another_type_is_refused(tokens, check, key, typ):
    with pytest.raises(tokens.NotActive):
        check.scopes_of(signed(key, {"typ": typ} if typ is not None else {"typ": "jwt"}))


@pytest.mark.rfc("8725", "3.1", "AT-05: only the algorithm we expect")
def test_a_public_key_is_no_shared_secret(tokens, check, key):
    head, claims, _ = signed(key, {"alg": "ES256"}).split(".")
    head = base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"at+jwt","kid":"one"}').decode()
    mac = hmac.digest(key.as_pem(private=False), f"{head}.{claims}".encode(), "sha256")
    forged = f"{head}.{claims}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"

    with pytest.raises(tokens.NotActive):
        check.scopes_of(forged)


def test_keys_are_fetched_once_and_not_for_everybody_who_makes_up_a_key(tokens, check, key, jwks):
    stranger = ECKey.generate_key("P-256", {"kid": "two"})

    for _ in range(3):
        check.scopes_of(signed(key))
        with pytest.raises(tokens.NotActive):
            check.scopes_of(signed(stranger, {"kid": "two"}))

    assert jwks.asked == 1


@pytest.mark.rfc("Gatehouse", "Multi-tenant", "TN-11")
def test_a_new_key_is_found_after_a_rotation(check, key, jwks, monkeypatch):
    check.scopes_of(signed(key))
    newer = ECKey.generate_key("P-256", {"kid": "two"})
    jwks.keys.append(newer)
    monkeypatch.setattr(check.keys, "fetched", check.keys.fetched - 20)

    assert check.scopes_of(signed(newer, {"kid": "two"}))


def test_nobody_is_let_in_while_the_keys_can_not_be_fetched(tokens, check, key, jwks):
    jwks.answers = False

    with pytest.raises(tokens.Unreachable):
        check.scopes_of(signed(key))
