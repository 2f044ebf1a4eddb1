"""Authorization codes: made here, redeemed once by the wire (oauth.grants.authorization_code)."""

from __future__ import annotations

from datetime import timedelta

from django.db.models.functions import Now

from authorizations.models import AuthorizationCode, TokenFamily
from consumers import credentials

LIVES = timedelta(seconds=60)


def mint(family: TokenFamily, *, redirect_uri: str, code_challenge: str) -> str:
    """The code itself, which exists nowhere else. Its minute counts by the database's clock."""
    minted = credentials.mint(credentials.CODE)
    AuthorizationCode.objects.create(
        code_checksum=credentials.halved(minted.digest),
        family=family,
        redirect_uri=redirect_uri,
        code_challenge=code_challenge,
        expires=Now() + LIVES,
    )
    return minted.shown
