"""AT rows: signed access tokens (RFC 9068), and every way to forge one."""

import base64
import json
import time

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from django.core.management import CommandError, call_command
from django.test import Client
from joserfc import jwt
from joserfc.jwk import KeySet

from oauth import keys, tokens
from oauth.models import SigningKey
from tenants.context import tenant_scope
from tests.cast import make_machine, sealed_by_a_lost_key
from tests.wire import Wire


@pytest.fixture
def signer(acme):
    return make_machine(acme.tenant, "assets:view", "authorizations:view", token_format="jwt")


def key_set(wire):
    return KeySet.import_key_set(wire.send("GET", wire.url("jwks")).json())


def parts(token):
    head, claims, _ = token.split(".")
    return [json.loads(base64.urlsafe_b64decode(part + "==")) for part in (head, claims)]


def private_key(acme):
    with tenant_scope(acme.tenant):
        row = SigningKey.objects.get(state="active")
    return row.kid, keys.signing_key(acme.tenant.pk, row.kid, row.sealed)


@pytest.mark.rfc("9068", "2.1", "AT-01")
@pytest.mark.rfc("9068", "2.2", "AT-02")
@pytest.mark.rfc("9068", "2.2.3", "AT-03")
@pytest.mark.rfc("9068", "3", "AT-04")
def test_anybody_can_check_a_signed_token_by_the_published_keys(wire, acme, signer):
    before = int(time.time())
    answer = wire.token(signer).json()
    token = jwt.decode(answer["access_token"], key_set(wire), algorithms=["ES256"])
    assert token.header == {"typ": "at+jwt", "alg": "ES256", "kid": token.header["kid"]}
    claims = dict(token.claims)
    with tenant_scope(acme.tenant):
        authorization = signer.consumer.authorizations.get().pk
    assert len(keys.from_base64url(claims.pop("jti"))) == 16
    assert before <= claims["iat"] <= int(time.time()) + 1
    assert claims == {
        "iss": acme.tenant.issuer,
        "sub": signer.key,
        "aud": f"{acme.tenant.issuer}/api",
        "client_id": signer.key,
        "iat": claims["iat"],
        "exp": claims["iat"] + answer["expires_in"],
        "scope": "assets:view authorizations:view",
        "authorization_id": authorization,
    }


@pytest.mark.rfc("9068", "2.2", "AT-10")
def test_no_two_signed_tokens_share_a_jti(wire, signer):
    found = {parts(wire.issue(signer))[1]["jti"] for _ in range(20)}
    assert len(found) == 20


@pytest.mark.rfc("9068", "4", "AT-05")
@pytest.mark.rfc("8725", "2.8", "AT-07")
@pytest.mark.rfc("7662", "4", "IN-15")
def test_no_forged_token_is_active(wire, acme, beta, signer):
    good = wire.issue(signer)
    head, claims = parts(good)
    _, key = private_key(acme)
    other = make_machine(beta.tenant, token_format="jwt")
    beta_wire = Wire(beta)
    beta_wire.issue(other)
    beta_kid, beta_key = private_key(beta)
    stranger = generate_private_key(SECP256R1())

    def signed(changed, header=None, under=key):
        joined = [json.dumps(part).encode() for part in ({**head, **(header or {})}, {**claims, **changed})]
        signing_input = ".".join(keys.base64url(part) for part in joined).encode()
        return f"{signing_input.decode()}.{keys.base64url(keys.sign(under, signing_input))}"

    assert wire.is_active(signer, signed({}))
    forged = {
        "another key": signed({}, under=stranger),
        "another company's key": signed({}, {"kid": beta_kid}, beta_key),
        "another company's key under our kid": signed({}, under=beta_key),
        "alg none": signed({}, {"alg": "none"}).rpartition(".")[0] + ".",
        "HS256": signed({}, {"alg": "HS256"}),
        "an ID token": signed({}, {"typ": "JWT"}),
        "no type": signed({}, {"typ": None}),
        "an audience that is none": signed({"aud": [7]}),
        "expired": signed({"exp": int(time.time())}),
        "unknown kid": signed({}, {"kid": "nobody"}),
        "another consumer's authorization": signed({"authorization_id": 10**6}),
        "a huge number": signed({"exp": 10**30}),
        "a fraction": signed({"exp": time.time() + 100.5}),
        "a list for a string": signed({"scope": ["assets:view"]}),
        "NUL in the kid": signed({}, {"kid": "a\0b"}),
        "no jti": signed({"jti": ""}),
        "cut short": good[:-4],
        "one more part": good + ".x",
        "changed claims": ".".join([good.split(".")[0], keys.base64url(json.dumps({**claims, "scope": "x"}).encode()),
            good.split(".")[2]]),
    }  # fmt: skip
    assert {name: wire.is_active(signer, token) for name, token in forged.items()} == dict.fromkeys(forged, False)
    assert not beta_wire.is_active(other, good)


@pytest.mark.parametrize("claim", ["exp", "iat", "authorization_id"])
@pytest.mark.parametrize("number", [2**38, 2**40 - 1, 253402300800])
def test_dates_beyond_the_calendar_are_unknown_tokens(wire, acme, signer, claim, number):
    """PostgreSQL knows years that Python does not: nobody may send one there with a claim."""
    head, claims = parts(wire.issue(signer))
    body = keys.base64url(json.dumps({**claims, claim: number}).encode())
    forged = f"{keys.base64url(json.dumps(head).encode())}.{body}.{keys.base64url(bytes(64))}"
    assert tokens.read(forged) is None
    answer = Client().get(f"{acme.path}/api/v1/consumers", headers={"Authorization": f"Bearer {forged}"})
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_token")
    assert not wire.is_active(signer, forged)
    assert wire.revoke(signer, forged).status == 200


def test_a_scope_claim_grants_nothing_the_groups_do_not(wire, acme, signer):
    """Even under our own key, claims are only what was asked for once."""
    _, claims = parts(wire.issue(signer))
    kid, key = private_key(acme)
    token = tokens.sign({**claims, "scope": "assets:view assets:delete"}, kid, key)
    assert wire.introspect(signer, token).json()["scope"] == "assets:view"


@pytest.mark.rfc("OIDC Core", "10.1.1", "MD-13")
@pytest.mark.rfc("TN", "keys", "TN-11")
def test_a_key_is_published_before_it_signs_and_after(wire, acme, signer, owner_connection):
    def rotate():
        with tenant_scope(acme.tenant):
            return keys.rotate(acme.tenant, keys.ES256)

    def published():
        found = wire.send("GET", wire.url("jwks")).json()["keys"]
        return [key["kid"] for key in found if key["alg"] == keys.ES256]

    old_token = wire.issue(signer)
    old = parts(old_token)[0]["kid"]
    assert rotate() == "created"
    following = next(kid for kid in published() if kid != old)
    assert parts(wire.issue(signer))[0]["kid"] == old
    assert rotate() == "waiting"
    owner_connection.execute(
        "UPDATE oauth_signingkey SET created_at = now() - interval '1 hour' WHERE kid = %s", [following]
    )
    assert rotate() == "activated"
    assert parts(wire.issue(signer))[0]["kid"] == following
    assert set(published()) == {old, following}
    assert wire.is_active(signer, old_token)
    owner_connection.execute("UPDATE oauth_signingkey SET retired_at = now() - interval '1 day' WHERE kid = %s", [old])
    assert rotate() == "created"
    assert old not in published()
    assert not wire.is_active(signer, old_token)


def test_two_first_tokens_at_once_leave_one_key(acme, signer):
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda _: Wire(acme).token(signer).status, range(6)))
    assert found == [200] * 6
    with tenant_scope(acme.tenant):
        assert SigningKey.objects.count() == 1


def test_a_sealed_key_opens_only_in_its_own_row(acme, beta, signer):
    Wire(acme).issue(signer)
    with tenant_scope(acme.tenant):
        row = SigningKey.objects.get()
    assert "PRIVATE" not in row.sealed
    keys.unseal(row.sealed, acme.tenant.pk, row.kid)
    for tenant, kid in ((beta.tenant.pk, row.kid), (acme.tenant.pk, "other")):
        with pytest.raises(keys.CannotOpen):
            keys.unseal(row.sealed, tenant, kid)
    with pytest.raises(keys.CannotOpen):
        keys.unseal(row.sealed.replace("test:", "lost:"), acme.tenant.pk, row.kid)


@pytest.fixture
def rotated(settings):
    """With a new key at the head of the ring; afterwards all are sealed by the old one again."""
    old, fresh = settings.GATEHOUSE_KEYRING, f"fresh:{base64.b64encode(b'f' * 32).decode()}"

    def use(ring):
        settings.GATEHOUSE_KEYRING = ring
        keys.keyring.cache_clear()

    use(f"{fresh},{old}")
    yield
    use(f"{old},{fresh}")
    call_command("reseal_keys", verbosity=0)
    use(old)


def test_resealing_moves_every_key_to_the_first_of_the_ring(acme, signer, rotated):
    wire = Wire(acme)
    wire.issue(signer)
    call_command("reseal_keys", verbosity=0)
    with tenant_scope(acme.tenant):
        assert SigningKey.objects.get().sealed.startswith("fresh:")
    assert wire.is_active(signer, wire.issue(signer))


def test_resealing_names_what_it_can_not_open_and_goes_on(acme, beta, signer, rotated):
    for company in (beta, acme):
        with tenant_scope(company.tenant):
            keys.ensure_all(company.tenant)
    with sealed_by_a_lost_key(beta.tenant) as lost:
        with pytest.raises(CommandError) as said:
            call_command("reseal_keys", verbosity=0)
        assert lost
        for kid in lost:
            assert f"{beta.tenant.slug}, key {kid}: The key ring has no key gone." in str(said.value)
        with tenant_scope(acme.tenant):
            assert all(key.sealed.startswith("fresh:") for key in SigningKey.objects.all())
