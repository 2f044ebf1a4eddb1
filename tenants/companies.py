"""The life of a company: create, amend, suspend, resume. Each is one transaction with its line in the log."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils import timezone

from tenants import audit, members
from tenants.context import tenant_scope
from tenants.models import Membership, Tenant

AMENDABLE = (
    "name",
    "colour",
    "language",
    "time_zone",
    "access_token_seconds",
    "refresh_idle_seconds",
    "refresh_absolute_seconds",
)


@transaction.atomic
def create_company(*, slug: str, name: str, modules: Iterable[str] = (), **fields: Any) -> Tenant:
    """Raises ValidationError for a bad or taken slug. `fields` are of AMENDABLE."""
    tenant = Tenant(slug=slug, name=name, modules=sorted(modules), **_known(fields))
    tenant.full_clean()
    tenant.save()
    with tenant_scope(tenant):
        audit.record("company.created", tenant, after={"slug": slug, **describe(tenant)})
    return tenant


def invite_super_admin(tenant: Tenant, *, email: str, name: str = "") -> Membership:
    """The first person of a new company, or a way back into one whose super administrators are gone."""
    with tenant_scope(tenant):
        return members.invite(email=email, name=name, role=Membership.Role.SUPER_ADMIN)


def amend_company(tenant: Tenant, *, by: Any = None, **fields: Any) -> Tenant:
    """Change what may change (AMENDABLE). The slug can't: it is part of the issuer, and tokens name it."""
    with tenant_scope(tenant):
        company = Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)
        before = describe(company)
        for name, value in _known(fields).items():
            setattr(company, name, value)
        company.save(update_fields=[*fields])
        old, new = audit.changes(before, describe(company))
        if new:
            audit.record("company.amended", company, before=old, after=new, by=by)
        return company


def suspend_company(tenant: Tenant) -> Tenant:
    """Close its pages and refuse its tokens, keep everything. Twice changes nothing."""
    with tenant_scope(tenant):
        company = Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)
        if company.suspended_at is None:
            company.suspended_at = timezone.now()
            company.save(update_fields=["suspended_at"])
            audit.record("company.suspended", company)
        return company


def resume_company(tenant: Tenant) -> Tenant:
    with tenant_scope(tenant):
        company = Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)
        if company.suspended_at is not None:
            company.suspended_at = None
            company.save(update_fields=["suspended_at"])
            audit.record("company.resumed", company)
        return company


def describe(tenant: Tenant) -> dict[str, Any]:
    return {name: getattr(tenant, name) for name in AMENDABLE}


def _known(fields: dict[str, Any]) -> dict[str, Any]:
    unknown = fields.keys() - set(AMENDABLE)
    if unknown:
        raise TypeError(f"not a field of a company that may be set: {sorted(unknown)}")
    return fields
