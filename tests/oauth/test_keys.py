"""A company's keys of both kinds: made, rotated, and never taken for one another."""

import json

import pytest
from django.core.management import call_command

from oauth import keys
from oauth.models import SigningKey
from tenants.context import tenant_scope
from tenants.models import AuditEvent


def published(wire, algorithm):
    return [key["kid"] for key in wire.send("GET", wire.url("jwks")).json()["keys"] if key["alg"] == algorithm]


@pytest.mark.parametrize("algorithm", keys.ALGORITHMS)
def test_a_signature_proves_right_under_its_own_key_alone(acme, beta, algorithm):
    ours, theirs = keys.make(acme.tenant.pk, algorithm), keys.make(acme.tenant.pk, algorithm)
    other = keys.make(acme.tenant.pk, next(name for name in keys.ALGORITHMS if name != algorithm))
    private = keys.any_signing_key(acme.tenant.pk, ours.kid, ours.sealed)
    signature = keys.sign(private, b"words")

    def proves(made, name=algorithm, words=b"words", signed=signature):
        return keys.is_genuine(json.dumps(made.public_jwk), name, words, signed)

    assert proves(ours)
    assert not proves(theirs)
    assert not proves(other)
    assert not proves(other, other.algorithm)
    # RFC 8725 §3.1: the key says which algorithm it is for, not the token.
    assert not proves(ours, other.algorithm)
    assert not proves(ours, "none")
    assert not proves(ours, words=b"other words")
    for broken in (b"", signature[:-1], signature + b"x", bytes(len(signature))):
        assert not proves(ours, signed=broken)
    assert not keys.is_genuine("", algorithm, b"words", signature)


@pytest.mark.parametrize("algorithm", keys.ALGORITHMS)
def test_a_key_of_either_kind_opens_only_in_its_own_row(acme, beta, algorithm):
    made = keys.make(acme.tenant.pk, algorithm)
    with pytest.raises(keys.CannotOpen):
        keys.any_signing_key(beta.tenant.pk, made.kid, made.sealed)


@pytest.mark.rfc("7517", "4", "MD-12")
@pytest.mark.parametrize("algorithm", keys.ALGORITHMS)
def test_making_sure_twice_makes_one(acme, algorithm):
    with tenant_scope(acme.tenant):
        keys.ensure(acme.tenant, algorithm)
        keys.ensure(acme.tenant, algorithm)
        assert list(SigningKey.objects.values_list("algorithm", flat=True)) == [algorithm]


@pytest.mark.rfc("OIDC Core", "10.1.1", "MD-13")
@pytest.mark.rfc("TN", "keys", "TN-11")
def test_each_kind_is_rotated_by_itself(wire, acme):
    for algorithm in keys.ALGORITHMS:
        (first,) = published(wire, algorithm)
        with tenant_scope(acme.tenant):
            assert keys.rotate(acme.tenant, algorithm) == "created"
            assert keys.rotate(acme.tenant, algorithm) == "waiting"
            assert SigningKey.objects.get(algorithm=algorithm, state="active").kid == first
            assert keys.rotate(acme.tenant, algorithm, now=True) == "activated"
            assert SigningKey.objects.get(algorithm=algorithm, state="active").kid != first
        assert len(published(wire, algorithm)) == 2
        assert first in published(wire, algorithm)


def test_the_command_rotates_both(acme, capsys):
    with tenant_scope(acme.tenant):
        keys.ensure_all(acme.tenant)
    call_command("rotate_signing_keys", acme.slug)
    assert capsys.readouterr().out.split("\n")[:2] == [f"{acme.slug}: ES256 created", f"{acme.slug}: RS256 created"]
    with tenant_scope(acme.tenant):
        assert AuditEvent.objects.filter(verb="signing_key.created").count() == 2
