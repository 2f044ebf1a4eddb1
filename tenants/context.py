"""Where we are: the company a piece of work runs in, carried by context and told to PostgreSQL.

Nothing here is a cache. The context variable feeds the managers, the transaction-local settings
`app.tenant` and `app.person` feed row-level security, and both end with the scope.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.conf import settings
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import get_script_prefix, reverse, set_script_prefix

if TYPE_CHECKING:
    from tenants.models import Tenant

_tenant: ContextVar[Tenant | None] = ContextVar("tenant", default=None)
_across: ContextVar[bool] = ContextVar("across_tenants", default=False)


class NoTenant(RuntimeError):
    """Tenant-owned rows were asked for outside a tenant's scope."""


def current_tenant() -> Tenant:
    """The active company. Raises NoTenant when there is none."""
    tenant = _tenant.get()
    if tenant is None:
        raise NoTenant("No company is active: open tenant_scope() or, in a command, across_tenants().")
    return tenant


def active_tenant() -> Tenant | None:
    """The active company, or None on the platform's own pages."""
    return _tenant.get()


def is_across_tenants() -> bool:
    return _across.get()


@contextmanager
def tenant_scope(tenant: Tenant) -> Iterator[Tenant]:
    """Run a block, in one transaction, as `tenant`: managers filter by it and PostgreSQL enforces it."""
    token = _tenant.set(tenant)
    try:
        with _local_setting("app.tenant", str(tenant.pk)):
            yield tenant
    finally:
        _tenant.reset(token)


@contextmanager
def person_scope(user_id: int) -> Iterator[None]:
    """Let a block read what belongs to one person in every company (memberships, connected apps)."""
    with _local_setting("app.person", str(user_id)):
        yield


@contextmanager
def across_tenants() -> Iterator[None]:
    """Lift the managers' filter. For commands only: the application role still sees nothing this way,
    because row-level security lets through all companies for the owner role alone."""
    token = _across.set(True)
    try:
        yield
    finally:
        _across.reset(token)


@contextmanager
def _local_setting(name: str, value: str) -> Iterator[None]:
    # Local to the transaction, so that a pooled connection can't carry it to the next request.
    nested = connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        previous = ""
        if nested:
            cursor.execute("SELECT coalesce(current_setting(%s, true), '')", [name])
            previous = cursor.fetchone()[0]
        cursor.execute("SELECT set_config(%s, %s, true)", [name, value])
        yield
        if nested:
            # The outer transaction goes on; only a rollback would have undone the setting by itself.
            cursor.execute("SELECT set_config(%s, %s, true)", [name, previous])


@contextmanager
def platform_prefix() -> Iterator[None]:
    """Reverse the platform's own URLs from inside a company's mounted site."""
    prefix = get_script_prefix()
    set_script_prefix("/")
    try:
        yield
    finally:
        set_script_prefix(prefix)


def platform_url(name: str, *args: object) -> str:
    """The path of a platform page (sign-in, choose company), from anywhere."""
    with platform_prefix():
        return reverse(name, urlconf=settings.ROOT_URLCONF, args=args)


def sign_in_redirect(request: HttpRequest) -> HttpResponseRedirect:
    """To the sign-in page and back here."""
    query = urlencode({"next": request.get_full_path()})
    return HttpResponseRedirect(f"{platform_url('account_login')}?{query}")
