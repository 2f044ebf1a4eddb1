"""Signing out: a session ends in every company its person let apps in, and those apps hear of it."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction

from accounts.models import User
from authorizations import sessions
from consumers.models import Consumer
from oauth import backchannel
from tenants.context import current_tenant, person_scope, tenant_scope
from tenants.models import Domain, Membership, Tenant

SCHEME = settings.GATEHOUSE_BASE_URL.partition("://")[0]


@transaction.atomic
def sign_out(user: User, sid: str, *, host: str) -> None:
    """Of a session at `host`: a company's own host name, or the platform's."""
    with person_scope(user.pk):
        mine = Membership.everywhere.filter(user=user).values("tenant")
        # In one order for everybody: each company's log is held until the last has its lines.
        companies = list(Tenant.objects.filter(pk__in=mine).order_by("pk"))
    for company in companies:
        with tenant_scope(company):
            end_session(user, sid, host=host)


@transaction.atomic
def end_session(user: User, sid: str, *, host: str, consumer: Consumer | None = None) -> None:
    """In this company, for one consumer or for all."""
    known_as = issuer_at(current_tenant(), host)
    for told in sessions.end(user, sid, consumer=consumer):
        if told.backchannel_logout_url:
            backchannel.queue(told, user, sid, issuer=known_as)


def issuer_at(company: Tenant, host: str) -> str:
    """Who the company is to apps that were let in at this host."""
    name = host.partition(":")[0].lower()
    return f"{SCHEME}://{name}" if Domain.objects.filter(host=name).exists() else company.issuer
