"""Stock npm clients act for a person, unmodified and pinned: Panva's oauth4webapi and openid-client, as a confidential
app and as a public one."""

import pytest

from tests.interop.conftest import CALLBACK, HOME

SCOPE = "openid profile email offline_access assets:view"
INVALID = [400, "invalid_grant"]
REFUSED = [401, "invalid_token"]


@pytest.fixture
def program(converse, server, acme, app, signature):
    def run(name):
        facts = {"client_id": app.key, "client_secret": app.secret or None, "redirect_uri": CALLBACK, "scope": SCOPE}
        return converse(name, issuer=f"{server}{acme.path}", home=HOME, signature=signature, **facts)

    return run


@pytest.mark.rfc("6749", "4.1", "oauth4webapi acts for a person")
@pytest.mark.rfc("9207", "2.4", "oauth4webapi believes who answers, yes and no alike")
@pytest.mark.rfc("OIDC Core", "3.1.3.7", "oauth4webapi validates the ID token and its signature, RS256 and ES256")
@pytest.mark.rfc("8628", "3.4", "oauth4webapi waits for a person at another device")
@pytest.mark.rfc("OIDC RP-Initiated Logout", "2", "oauth4webapi's end_session_endpoint signs out")
def test_oauth4webapi_signs_in_refreshes_asks_who_it_is_revokes_waits_and_signs_out(program, server, acme, app):
    seen = program("people-oauth4webapi.mjs")

    person = {"name": "Ana", "email": acme.ana.email, "email_verified": seen["person"].get("email_verified")}
    assert {name: seen["person"][name] for name in ("name", "email")} == {"name": "Ana", "email": person["email"]}
    assert {"at_hash", "auth_time", "nonce", "sid"} <= set(seen["claims"])
    assert set(seen["scope"].split()) == set(SCOPE.split())
    told = ("scope", "claims", "person", "introspected", "revoked_introspected")
    assert {name: value for name, value in seen.items() if name not in told} == {
        "denied": "access_denied",
        "same_person": True,
        "rotated": True,
        "still": True,
        "narrowed": "openid",
        "revoked": REFUSED,
        "revoked_refresh": INVALID,
        "guessed": INVALID,
        "alive": True,
        "replayed": INVALID,
        "ended": REFUSED,
        "pending": [400, "authorization_pending"],
        "device": True,
        "left": HOME,
    }
    if app.secret:
        told = seen["introspected"]
        assert (told["active"], told["client_id"], told["sub"]) == (True, app.key, seen["person"]["sub"])
        assert seen["revoked_introspected"] == {"active": False}


@pytest.mark.rfc("6749", "4.1", "openid-client acts for a person")
@pytest.mark.rfc("8628", "3.4", "openid-client waits for a person at another device")
@pytest.mark.rfc("OIDC RP-Initiated Logout", "2", "openid-client's address signs out")
def test_openid_client_signs_in_refreshes_revokes_waits_for_a_device_and_signs_out(program, acme, app):
    seen = program("people-openid-client.mjs")

    assert (seen["person"]["name"], seen["person"]["email"]) == ("Ana", acme.ana.email)
    assert set(seen.pop("scope").split()) == set(SCOPE.split())
    assert set(seen["device"].pop("scope").split()) == set(SCOPE.split())
    assert {name: value for name, value in seen.items() if name != "person"} == {
        "denied": "access_denied",
        "has_auth_time": True,
        "rotated": True,
        "same_person": True,
        **({"introspected": True, "introspected_refresh": True} if app.secret else {}),
        "revoked": INVALID,
        "ended": REFUSED,
        "device": {"same_person": True},
        "left": f"{HOME}?state=kept",
    }
