"""What is left of sign-ins through apps goes when nothing of it can be used any more."""

import pytest

from authorizations import cleaning
from authorizations.models import AuthorizationCode, AuthorizationRequest, RefreshToken, TokenFamily
from tenants.cleaning import BATCH
from tenants.context import tenant_scope
from tests.cast import make_app, make_code, make_yes
from tests.wire import Wire

JOBS = (
    cleaning.drop_expired_requests,
    cleaning.drop_expired_codes,
    cleaning.drop_expired_device_codes,
    cleaning.drop_expired_refresh_tokens,
    cleaning.drop_ended_families,
)
TABLES = (AuthorizationRequest, AuthorizationCode, RefreshToken, TokenFamily)


@pytest.fixture
def clean(owner_connection, monkeypatch):
    """Every job, as the worker's role runs it."""
    monkeypatch.setattr("tenants.cleaning.connection", owner_connection)

    def run():
        for job in JOBS:
            while job() >= BATCH:
                pass

    return run


def counts(acme):
    with tenant_scope(acme.tenant):
        return [table.objects.count() for table in TABLES]


@pytest.fixture
def later(acme, owner_connection):
    """Let all the company has happen that much earlier."""

    def let(interval):
        for table, columns in (
            ("authorizationrequest", ["expires_at"]),
            ("authorizationcode", ["expires"]),
            ("refreshtoken", ["expires"]),
            ("tokenfamily", ["created_at", "refreshable_until", "ended_at"]),
        ):
            changes = ", ".join(f"{column} = {column} - %s::interval" for column in columns)
            owner_connection.execute(
                f"UPDATE authorizations_{table} SET {changes} WHERE tenant_id = %s",  # noqa: S608
                [*[interval] * len(columns), acme.tenant.pk],
            )

    return let


def test_what_a_live_sign_in_needs_stays(acme, clean, later):
    app = make_app(acme.tenant)
    tokens = Wire(acme).redeem(app, make_code(make_yes(app, acme.ana))).json()
    clean()
    assert counts(acme) == [1, 1, 1, 1]
    later("2 hours")
    clean()
    assert counts(acme) == [0, 0, 1, 1]
    assert Wire(acme).refresh(app, tokens["refresh_token"]).status == 200


def test_an_ended_sign_in_goes_with_its_last_token(acme, clean, later):
    app = make_app(acme.tenant)
    tokens = Wire(acme).redeem(app, make_code(make_yes(app, acme.ana))).json()
    assert Wire(acme).app("revoke", app, {"token": tokens["refresh_token"]}).status == 200
    later("2 days")
    clean()
    assert counts(acme) == [0, 0, 1, 1]
    later("14 days")
    clean()
    assert counts(acme) == [0, 0, 0, 0]


def test_a_sign_in_without_refresh_tokens_goes_after_a_day(acme, clean, later):
    app = make_app(acme.tenant, issues_refresh_tokens=False)
    Wire(acme).redeem(app, make_code(make_yes(app, acme.ana)))
    later("25 hours")
    clean()
    assert counts(acme) == [0, 0, 0, 0]
