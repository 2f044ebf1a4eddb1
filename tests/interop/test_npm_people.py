"""Stock npm clients act for a person, unmodified and pinned: Panva's oauth4webapi and openid-client, as a confidential
app and as a public one."""

import pytest

from tests.interop.conftest import CALLBACK

SCOPE = "openid profile email offline_access assets:view"
INVALID = [400, "invalid_grant"]
REFUSED = [401, "invalid_token"]


@pytest.fixture
def program(converse, server, acme, app):
    def run(name):
        facts = {"client_id": app.key, "client_secret": app.secret or None, "redirect_uri": CALLBACK, "scope": SCOPE}
        return converse(name, issuer=f"{server}{acme.path}", **facts)

    return run


@pytest.mark.rfc("6749", "4.1", "oauth4webapi acts for a person")
@pytest.mark.rfc("9207", "2.4", "oauth4webapi believes who answers, yes and no alike")
@pytest.mark.rfc("OIDC Core", "3.1.3.7", "oauth4webapi validates the ID token and its signature")
def test_oauth4webapi_signs_in_refreshes_asks_who_it_is_and_revokes(program, server, acme, app):
    seen = program("people-oauth4webapi.mjs")

    person = {"name": "Ana", "email": acme.ana.email, "email_verified": seen["person"].get("email_verified")}
    assert {name: seen["person"][name] for name in ("name", "email")} == {"name": "Ana", "email": person["email"]}
    assert {"at_hash", "auth_time", "nonce", "sid"} <= set(seen["claims"])
    assert set(seen["scope"].split()) == set(SCOPE.split())
    known = ("denied", "same_person", "rotated", "still", "narrowed", "revoked", "revoked_refresh", "guessed", "alive")
    assert {name: seen[name] for name in (*known, "replayed", "ended")} == {
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
    }
    if app.secret:
        told = seen["introspected"]
        assert (told["active"], told["client_id"], told["sub"]) == (True, app.key, seen["person"]["sub"])
        assert seen["revoked_introspected"] == {"active": False}


@pytest.mark.rfc("6749", "4.1", "openid-client acts for a person")
@pytest.mark.rfc("8628", "3.4", "openid-client waits for a person at another device")
def test_openid_client_signs_in_refreshes_revokes_and_waits_for_a_device(program, acme, app):
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
        "sign_out": True,
    }
