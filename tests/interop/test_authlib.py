"""Stock Authlib, unmodified, against a real server: its clients' reading of refusals, and its two kinds of resource
server (RFC 7662, RFC 9068). That its clients get, introspect and revoke: tests/oauth/test_stock_clients.py."""

import httpx
import pytest

# Authlib warns of its own next version.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def issuer(server, acme):
    return f"{server}{acme.path}"


@pytest.fixture
def session(issuer, machine):
    from authlib.integrations.requests_client import OAuth2Session

    with OAuth2Session(machine.key, machine.secret) as found:
        yield found


def fetch(session, issuer, **more):
    return session.fetch_token(f"{issuer}/oauth/token", grant_type="client_credentials", **more)


@pytest.mark.rfc("6749", "5.2", "Authlib reads a refusal")
def test_authlib_narrows_the_scope_and_reads_refusals(session, issuer, machine):
    from authlib.integrations.base_client import OAuthError
    from authlib.integrations.requests_client import OAuth2Session

    assert fetch(session, issuer)["scope"] == "assets:view work_orders:view"
    assert fetch(session, issuer, scope="work_orders:view")["scope"] == "work_orders:view"
    with pytest.raises(OAuthError) as refused:
        fetch(session, issuer, scope="assets:delete")
    assert refused.value.error == "invalid_scope"
    with OAuth2Session(machine.key, "gate_sec_wrong") as stranger, pytest.raises(OAuthError) as refused:
        fetch(stranger, issuer)
    assert refused.value.error == "invalid_client"
    assert refused.value.description == "Client authentication failed. Check the key and the secret."


@pytest.mark.rfc("9068", "4", "Authlib's resource server validates a signed access token")
def test_authlibs_resource_server_takes_a_signed_token_and_no_other(issuer, acme):
    from authlib.oauth2.rfc6750 import InvalidTokenError
    from authlib.oauth2.rfc9068 import JWTBearerTokenValidator
    from joserfc.jwk import KeySet

    class Validator(JWTBearerTokenValidator):
        def get_jwks(self):
            return KeySet.import_key_set(httpx.get(f"{issuer}/oauth/jwks").json())

    def validate(token, resource=f"{issuer}/api"):
        validator = Validator(issuer=issuer, resource_server=resource)
        claims = validator.authenticate_token(token)
        validator.validate_token(claims, ["assets:view"], None)
        return claims

    (signing, token), (_, opaque) = (token_of(issuer, acme, kind) for kind in ("jwt", "opaque"))
    assert validate(token)["client_id"] == signing.key
    for refused in (opaque, token[:-8] + "AAAAAAAA", "garbage"):
        with pytest.raises(InvalidTokenError):
            validate(refused)
    with pytest.raises(InvalidTokenError):
        validate(token, "https://other.example/api")


def token_of(issuer, acme, token_format):
    from authlib.integrations.requests_client import OAuth2Session

    from tests.cast import make_machine

    machine = make_machine(acme.tenant, token_format=token_format)
    with OAuth2Session(machine.key, machine.secret) as session:
        return machine, fetch(session, issuer)["access_token"]


@pytest.mark.rfc("7662", "2.2", "Authlib's resource server asks by introspection")
def test_authlibs_resource_server_asks_by_introspection(issuer, acme, session):
    from authlib.oauth2.rfc6750 import InsufficientScopeError, InvalidTokenError
    from authlib.oauth2.rfc7662 import IntrospectTokenValidator

    from tests.cast import make_machine

    asker = make_machine(acme.tenant, "authorizations:view")

    class Validator(IntrospectTokenValidator):
        def introspect_token(self, token_string):
            return httpx.post(f"{issuer}/oauth/introspect", auth=asker.auth, data={"token": token_string}).json()

    def validate(token, scope="assets:view"):
        validator = Validator()
        validator.validate_token(validator.authenticate_token(token), [scope], None)

    token = fetch(session, issuer)["access_token"]
    validate(token)
    with pytest.raises(InsufficientScopeError):
        validate(token, "assets:delete")
    assert session.revoke_token(f"{issuer}/oauth/revoke", token=token).status_code == 200
    for dead in (token, "garbage"):
        with pytest.raises(InvalidTokenError):
            validate(dead)
