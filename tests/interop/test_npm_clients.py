"""Stock npm clients, unmodified and pinned, against a real server: Panva's oauth4webapi and openid-client."""

import pytest

CHALLENGED = [401, "basic"]


@pytest.fixture
def program(run_script, server, acme, machine):
    """Runs a script as a third party that knows the issuer and its own credentials, nothing else."""

    def run(name, **more):
        return run_script(
            name,
            issuer=f"{server}{acme.path}",
            client_id=machine.key,
            client_secret=machine.secret,
            token_format=machine.consumer.token_format,
            **more,
        )

    return run


def about(server, acme, machine):
    """What introspection says of a token of assets:view, besides its times and identifier."""
    issuer = f"{server}{acme.path}"
    facts = {"active": True, "scope": "assets:view", "token_type": "Bearer", "iss": issuer, "aud": f"{issuer}/api"}
    return {**facts, "client_id": machine.key, "sub": machine.key}


@pytest.mark.rfc("8414", "3.1", "oauth4webapi discovers at the inserted position")
@pytest.mark.rfc("9068", "4", "oauth4webapi validates a signed access token")
@pytest.mark.rfc("6749", "5.2", "oauth4webapi reads every refusal")
def test_oauth4webapi_discovers_gets_introspects_validates_and_revokes(program, server, acme, machine):
    seen = program("oauth4webapi.mjs")
    introspected = seen.pop("introspected")
    lifetime = introspected.pop("exp") - introspected.pop("iat")
    signed = machine.consumer.token_format == "jwt"
    identifier = introspected.pop("jti", None)
    assert (lifetime, identifier is not None) == (3600, signed)
    assert introspected == about(server, acme, machine)
    if signed:
        claims = seen.pop("claims")
        assert (claims["jti"], claims["exp"] - claims["iat"]) == (identifier, 3600)
        assert {name: claims[name] for name in ("iss", "aud", "sub", "client_id", "scope")} == {
            name: introspected[name] for name in ("iss", "aud", "sub", "client_id", "scope")
        }
        assert seen.pop("forged") == "OAUTH_INVALID_RESPONSE"
    assert seen == {
        "issuer": f"{server}{acme.path}",
        "all": {"scope": "assets:view work_orders:view", "token_type": "bearer", "expires_in": 3600},
        "narrowed": "assets:view",
        "revoked": {"active": False},
        "untouched": True,
        "garbage": {"active": False},
        "refused": {
            "wrong_secret_in_the_header": CHALLENGED,
            "wrong_secret_in_the_body": CHALLENGED,
            "no_secret": CHALLENGED,
            "unknown_scope": [400, "invalid_scope"],
            "scope_beyond_the_groups": [400, "invalid_scope"],
            "introspection_with_a_wrong_secret": CHALLENGED,
            "revocation_with_a_wrong_secret": CHALLENGED,
        },
        "still_untouched": True,
    }


@pytest.mark.rfc("8414", "3.1", "openid-client reads the same document at both positions")
@pytest.mark.rfc("6749", "4.4", "openid-client gets a token")
@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_openid_client_works_with_both_positions_of_discovery(program, server, acme, machine, method):
    seen = program("openid-client.mjs", method=method)
    introspected = seen.pop("introspected")
    assert introspected | about(server, acme, machine) == introspected
    assert seen == {
        "issuer": f"{server}{acme.path}",
        "same": True,
        "all": {"scope": "assets:view work_orders:view", "token_type": "bearer", "expires_in": 3600},
        "narrowed": "assets:view",
        "revoked": {"active": False},
        "untouched": True,
        "refused": {
            "token": CHALLENGED,
            "introspection": CHALLENGED,
            "revocation": CHALLENGED,
            "unknown_scope": [400, "invalid_scope"],
        },
    }
