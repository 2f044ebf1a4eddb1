"""OI rows: what an ID token says (OpenID Connect Core §2), as a stock library reads it."""

import json
import time
from base64 import urlsafe_b64encode
from hashlib import sha256

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from oauth import id_tokens, keys
from oauth.models import SigningKey
from tenants.context import tenant_scope
from tests.cast import make_app, make_code, make_yes, may


@pytest.fixture
def ben(acme):
    may(acme.tenant, acme.ben, "assets:view")
    return acme.ben


@pytest.fixture(params=["RS256", "ES256"])
def app(request, acme):
    return make_app(acme.tenant, "assets:view", id_token_algorithm=request.param)


def tokens_of(wire, app, user, *scopes, **fields):
    answer = wire.redeem(app, make_code(make_yes(app, user, *(scopes or ("openid", "profile", "email")), **fields)))
    assert answer.status == 200, answer.body
    return answer.json()


def read(wire, token, *algorithms):
    key_set = KeySet.import_key_set(wire.send("GET", wire.url("jwks")).json())
    return jwt.decode(token, key_set, algorithms=list(algorithms or ("RS256", "ES256")))


@pytest.mark.rfc("OIDC Core", "2", "OI-01")
@pytest.mark.rfc("OIDC Core", "3.1.3.6", "OI-15")
@pytest.mark.rfc("OIDC Core", "2", "OI-17")
@pytest.mark.rfc("OIDC Core", "2", "OI-24")
def test_an_id_token_says_who_when_and_how(wire, acme, app, ben):
    """And nothing of what userinfo tells."""
    before = int(time.time())
    given = tokens_of(wire, app, ben, nonce="n-0S6_WzA2Mj", sid="the-session")
    token = read(wire, given["id_token"], app.consumer.id_token_algorithm)
    claims = dict(token.claims)
    assert set(token.header) == {"typ", "alg", "kid"}
    assert (token.header["typ"], token.header["alg"]) == ("JWT", app.consumer.id_token_algorithm)
    assert before - 1 <= claims["auth_time"] <= claims["iat"] <= int(time.time()) + 1
    half = sha256(given["access_token"].encode()).digest()[:16]
    assert claims == {
        "iss": acme.tenant.issuer,
        "sub": f"u_{ben.subject.hex}",
        "aud": app.key,
        "iat": claims["iat"],
        "exp": claims["iat"] + 3600,
        "auth_time": claims["auth_time"],
        "nonce": "n-0S6_WzA2Mj",
        "amr": ["pwd"],
        "acr": "urn:gatehouse:acr:1",
        "at_hash": urlsafe_b64encode(half).rstrip(b"=").decode(),
        "sid": "the-session",
    }


@pytest.mark.rfc("OIDC Core", "2", "OI-01")
def test_unless_the_app_wants_another_the_signature_is_rs256(wire, acme, ben):
    app = make_app(acme.tenant, "assets:view")
    assert read(wire, tokens_of(wire, app, ben)["id_token"], "RS256").header["alg"] == "RS256"


@pytest.mark.rfc("OIDF", "nonce", "OI-02")
def test_without_a_nonce_in_the_request_there_is_none(wire, app, ben):
    assert "nonce" not in read(wire, tokens_of(wire, app, ben)["id_token"]).claims


@pytest.mark.rfc("FAPI 2.0", "long nonce", "OI-21")
@pytest.mark.parametrize("nonce", ["x" * 64, "x" * 512, 'a"b\\c é 🎉 <script>', " "])
def test_a_nonce_comes_back_as_it_was(wire, app, ben, nonce):
    assert read(wire, tokens_of(wire, app, ben, nonce=nonce)["id_token"]).claims["nonce"] == nonce


@pytest.mark.rfc("OIDC Core", "12.2", "OI-19")
@pytest.mark.rfc("OIDC Core", "12.2", "RT-21")
def test_a_refresh_brings_a_new_one_of_the_same_sign_in(wire, app, ben):
    first = tokens_of(wire, app, ben, nonce="once")
    again = wire.refresh(app, first["refresh_token"]).json()
    old, new = (dict(read(wire, given["id_token"]).claims) for given in (first, again))
    assert "nonce" not in new
    assert new["at_hash"] != old["at_hash"]
    assert new["iat"] >= old["iat"]
    for name in ("iss", "sub", "aud", "auth_time", "acr", "amr", "sid"):
        assert new[name] == old[name]


@pytest.mark.rfc("OIDC Core", "3.1.2.1", "OI-03")
def test_without_openid_there_is_none(wire, app, ben):
    assert "id_token" not in tokens_of(wire, app, ben, "assets:view")


@pytest.mark.rfc("OIDC Core", "8", "OI-17")
def test_a_subject_is_the_persons_for_good(wire, app, ben):
    """Neither another e-mail address nor another yes changes it."""
    first = read(wire, tokens_of(wire, app, ben)["id_token"]).claims["sub"]
    ben.email = f"other-{ben.email}"
    ben.save()
    assert read(wire, tokens_of(wire, app, ben)["id_token"]).claims["sub"] == first
    assert ben.email not in first


# As a hint


@pytest.mark.rfc("OIDC Core", "3.1.2.2", "OI-10")
def test_a_hint_is_believed_for_its_signature(wire, acme, beta, app, ben):
    token = tokens_of(wire, app, ben, sid="the-session")["id_token"]
    with tenant_scope(acme.tenant):
        found = id_tokens.subject_of_hint(token)
        assert found == (f"u_{ben.subject.hex}", app.key, "the-session")
        assert found.is_of(ben, app.consumer)
        assert not found.is_of(acme.ana, app.consumer)
        assert not found.is_of(ben, make_app(acme.tenant).consumer)
    with tenant_scope(beta.tenant):
        assert id_tokens.subject_of_hint(token) is None


@pytest.mark.rfc("OIDC RP-Initiated Logout", "2", "LO-04")
def test_a_hint_changed_in_any_way_is_none(wire, acme, app, ben):
    token = tokens_of(wire, app, ben)["id_token"]
    head, body, signature = token.split(".")
    header, claims = json.loads(keys.from_base64url(head)), json.loads(keys.from_base64url(body))

    def joined(changed_header, changed_claims):
        parts = (keys.base64url(json.dumps(part).encode()) for part in (changed_header, changed_claims))
        return ".".join((*parts, signature))

    with tenant_scope(acme.tenant):
        assert id_tokens.subject_of_hint(token) is not None
        for changed in (
            joined(header, {**claims, "sub": "u_0"}),
            joined({**header, "alg": "none"}, claims),
            joined({**header, "alg": "HS256"}, claims),
            joined({**header, "typ": "at+jwt"}, claims),
            joined({**header, "kid": "nobody"}, claims),
            joined({**header, "kid": ["x"]}, claims),
            joined({**header, "kid": "a\0b"}, claims),
            joined(header, {**claims, "aud": [app.key]}),
            joined(header, ["sub"]),
            joined("x", claims),
            f"{head}.{body}.",
            f"{head}.{body}",
            f"{token}.x",
            f"{token} ",
            "",
            "é",
            "." * 3,
            "[" * 8000,
        ):
            assert id_tokens.subject_of_hint(changed) is None, changed


def test_a_hint_under_a_key_that_has_gone_proves_nothing(wire, acme, app, ben):
    token = tokens_of(wire, app, ben)["id_token"]
    with tenant_scope(acme.tenant):
        SigningKey.objects.all().delete()
        assert id_tokens.subject_of_hint(token) is None
