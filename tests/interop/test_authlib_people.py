"""Stock Authlib acts for a person, unmodified, against a real server: discovery, code with PKCE, ID token, userinfo,
refresh, introspection, revocation, the device flow, and signing out."""

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.interop.conftest import CALLBACK, HOME, deeds

# Authlib warns of its own next version.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
SCOPE = "openid profile email offline_access assets:view"
DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
VERIFIER = "a-verifier-that-authlib-turns-into-a-challenge"
NONCE = "a nonce/of its=own"


@pytest.fixture
def metadata(server, acme):
    return httpx.get(f"{server}{acme.path}/.well-known/openid-configuration").raise_for_status().json()


@pytest.fixture
def session(app):
    from authlib.integrations.requests_client import OAuth2Session

    method = "client_secret_basic" if app.secret else "none"
    more = {"token_endpoint_auth_method": method, "revocation_endpoint_auth_method": method}
    with OAuth2Session(
        app.key, app.secret or None, redirect_uri=CALLBACK, code_challenge_method="S256", **more
    ) as found:
        yield found


@pytest.fixture
def signed_in(session, metadata, ana):
    """The session with Ana's tokens, which it got by a code."""
    address, state = session.create_authorization_url(
        metadata["authorization_endpoint"], scope=SCOPE, code_verifier=VERIFIER, nonce=NONCE
    )
    answer = ana.allow(address)
    assert parse_qs(urlsplit(answer).query)["iss"] == [metadata["issuer"]]
    session.fetch_token(metadata["token_endpoint"], authorization_response=answer, state=state, code_verifier=VERIFIER)
    return session


def claims_of(id_token, metadata, app, **known):
    from authlib.oidc.core import CodeIDToken
    from joserfc import jwt
    from joserfc.jwk import KeySet

    keys = KeySet.import_key_set(httpx.get(metadata["jwks_uri"]).json())
    found = jwt.decode(id_token, keys, algorithms=[app.consumer.id_token_algorithm])
    expected = {
        name: {"essential": True, "value": value} for name, value in (("iss", metadata["issuer"]), ("aud", app.key))
    }
    claims = CodeIDToken(found.claims, found.header, expected, {"client_id": app.key, **known})
    claims.validate()
    return claims


@pytest.mark.rfc(
    "OIDC Core", "3.1.3.7", "Authlib validates the ID token of either signature, at_hash and nonce included"
)
@pytest.mark.rfc("OIDC Core", "5.3", "Authlib reads userinfo")
def test_authlib_knows_who_signed_in(signed_in, metadata, app, acme):
    token = signed_in.token
    claims = claims_of(token["id_token"], metadata, app, nonce=NONCE, access_token=token["access_token"])
    person = signed_in.get(metadata["userinfo_endpoint"]).json()
    assert (person["sub"], person["name"], person["email"]) == (claims["sub"], "Ana", acme.ana.email)


@pytest.mark.rfc("6749", "6", "Authlib refreshes")
@pytest.mark.rfc("7009", "2.1", "Authlib revokes a refresh token")
def test_authlib_refreshes_and_revokes(signed_in, metadata, app):
    from authlib.integrations.base_client import OAuthError

    first = dict(signed_in.token)
    second = dict(signed_in.refresh_token(metadata["token_endpoint"], refresh_token=first["refresh_token"]))
    assert second["refresh_token"] != first["refresh_token"]
    subjects = {claims_of(token["id_token"], metadata, app)["sub"] for token in (first, second)}
    assert len(subjects) == 1
    if app.secret:
        told = signed_in.introspect_token(metadata["introspection_endpoint"], token=second["access_token"]).json()
        assert (told["active"], told["client_id"], {told["sub"]}) == (True, app.key, subjects)
    revoked = signed_in.revoke_token(
        metadata["revocation_endpoint"], token=second["refresh_token"], token_type_hint="refresh_token"
    )
    assert revoked.status_code == 200
    assert signed_in.get(metadata["userinfo_endpoint"]).status_code == 401
    with pytest.raises(OAuthError) as refused:
        signed_in.refresh_token(metadata["token_endpoint"], refresh_token=second["refresh_token"])
    assert refused.value.error == "invalid_grant"


@pytest.mark.rfc("8628", "3.4", "Authlib waits for a person at another device")
def test_authlib_waits_for_a_device(session, metadata, app, ana):
    from authlib.integrations.base_client import OAuthError

    auth = app.auth if app.secret else None
    fields = {"client_id": app.key, "scope": SCOPE}
    asked = httpx.post(metadata["device_authorization_endpoint"], data=fields, auth=auth).json()

    def fetch():
        return session.fetch_token(metadata["token_endpoint"], grant_type=DEVICE_CODE, device_code=asked["device_code"])

    with pytest.raises(OAuthError) as pending:
        fetch()
    assert pending.value.error == "authorization_pending"
    assert deeds(ana)["enter"](asked["verification_uri_complete"]) == 200
    token = fetch()
    assert set(token["scope"].split()) == set(SCOPE.split())
    assert session.get(metadata["userinfo_endpoint"]).json()["name"] == "Ana"


@pytest.mark.rfc("OIDC RP-Initiated Logout", "2", "a client's hint signs the person out")
def test_authlib_signs_out(signed_in, metadata, ana):
    from authlib.common.urls import add_params_to_uri

    asked = {"id_token_hint": signed_in.token["id_token"], "post_logout_redirect_uri": HOME, "state": "kept"}
    address = add_params_to_uri(metadata["end_session_endpoint"], asked.items())
    assert deeds(ana)["leave"](address) == f"{HOME}?state=kept"
