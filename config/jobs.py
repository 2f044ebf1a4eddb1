"""What the background worker does, and how often."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from accounts.cleaning import drop_ended_sessions, drop_records_of_ended_sessions
from accounts.errands import run_due as run_errands
from authorizations.cleaning import (
    drop_ended_families,
    drop_expired_access_tokens,
    drop_expired_codes,
    drop_expired_device_codes,
    drop_expired_refresh_tokens,
    drop_expired_requests,
    drop_expired_revocations,
)
from consumers.expiry import note_expired_secrets
from oauth.backchannel import deliver_due
from tenants.cleaning import BATCH, drop_expired_cache, forget_quiet_throttles


@dataclass(frozen=True, slots=True)
class Job:
    """`run` does a bounded piece and returns how much it did; a full piece (BATCH) means there may be more."""

    name: str
    every: timedelta
    run: Callable[[], int]

    def is_through(self, done: int) -> bool:
        return done < BATCH


JOBS = (
    Job("errands about e-mail addresses", timedelta(seconds=2), run_errands),
    Job("messages of logouts", timedelta(seconds=2), deliver_due),
    Job("expired access tokens", timedelta(minutes=1), drop_expired_access_tokens),
    Job("expired revocations", timedelta(minutes=10), drop_expired_revocations),
    Job("expired authorization requests", timedelta(minutes=10), drop_expired_requests),
    Job("expired codes", timedelta(minutes=10), drop_expired_codes),
    Job("expired device codes", timedelta(minutes=10), drop_expired_device_codes),
    Job("expired refresh tokens", timedelta(hours=1), drop_expired_refresh_tokens),
    Job("ended sign-ins of apps", timedelta(hours=6), drop_ended_families),
    Job("expired cache entries", timedelta(minutes=1), drop_expired_cache),
    Job("quiet throttles", timedelta(minutes=5), forget_quiet_throttles),
    Job("ended sessions", timedelta(minutes=30), drop_ended_sessions),
    Job("records of ended sessions", timedelta(hours=1), drop_records_of_ended_sessions),
    Job("notices of expired secrets", timedelta(minutes=5), note_expired_secrets),
)
