"""Connected apps: what somebody lets apps do for them, in all their companies, and how they end it. A page of the
platform: it enters one company after the other, and shows a person nothing but their own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.http import person_of
from accounts.models import User
from accounts.platform import memberships_of
from authorizations import granting, sign_ins
from authorizations.models import Authorization
from consumers.models import ConsumerLogo
from permissions import catalogue
from permissions.scopes import Scopes
from tenants.audit import Origin, acting
from tenants.context import tenant_scope
from tenants.middleware import TENANT_URLCONF
from tenants.models import Tenant


@dataclass(frozen=True, slots=True)
class App:
    """`logo` is the address of its picture, if it has one."""

    authorization: Authorization
    sentences: list[str]
    logo: str


@dataclass(frozen=True, slots=True)
class Company:
    tenant: Tenant
    apps: list[App]


@never_cache
@require_safe
@login_required
def connected_apps(request: HttpRequest) -> HttpResponse:
    found = companies(request)
    context = {"companies": found, "number": sum(len(company.apps) for company in found)}
    return render(request, "authorizations/connected.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def revoke_app(request: HttpRequest, company: str, pk: int) -> HttpResponse:
    """GET says what would stop, POST stops it, with its line in that company's log."""
    person = person_of(request)
    tenant = next((found.tenant for found in memberships_of(request) if found.tenant.slug == company), None)
    if tenant is None:
        raise Http404("not a company of theirs")
    with inside(request, tenant):
        authorization = get_object_or_404(Authorization.objects.filter(user=person).with_owners(), pk=pk)
        if request.method != "POST" and authorization.is_live:
            number = sign_ins.under([authorization.pk]).count()
            context = {"authorization": authorization, "company": tenant, "sign_ins": number}
            return render(request, "authorizations/connected_revoke.html", context)
        if request.method == "POST" and granting.revoke(authorization, by=person):
            messages.success(request, _("%(app)s has no access any more.") % {"app": authorization.consumer})
        else:
            messages.info(request, _("Nothing was left to revoke."))
    return redirect("platform:connected-apps")


def companies(request: HttpRequest) -> list[Company]:
    """Those in which the person lets any app act for them, by name."""
    person = person_of(request)
    found: list[tuple[Tenant, list[tuple[Authorization, Scopes, str]]]] = []
    for membership in memberships_of(request):
        with inside(request, membership.tenant):
            rows = list(authorizations_of(person))
            logos = logos_of(membership.tenant, rows)
            found.append(
                (membership.tenant, [(row, row.effective_scopes, logos.get(row.consumer_id, "")) for row in rows])
            )
    # Once for all: reading the catalogue is a statement.
    wanted = frozenset(scope for _tenant, rows in found for _row, held, _logo in rows for scope in held)
    texts = catalogue.sentences(wanted)
    return [Company(tenant, [app(*row, texts) for row in rows]) for tenant, rows in found if rows]


def app(authorization: Authorization, held: Scopes, logo: str, texts: Mapping[str, str]) -> App:
    return App(authorization, [text for scope, text in texts.items() if scope in held], logo)


def logos_of(tenant: Tenant, rows: Iterable[Authorization]) -> dict[int, str]:
    """By consumer, on the company's site. They are kept by browsers until they change."""
    logos = ConsumerLogo.objects.filter(consumer__in=[row.consumer_id for row in rows])
    return {
        consumer: f"{tenant.path}{reverse('logo', urlconf=TENANT_URLCONF, args=[consumer])}?v={etag[:12]}"
        for consumer, etag in logos.values_list("consumer_id", "etag")
    }


def authorizations_of(person: User) -> QuerySet[Authorization]:
    """In the active company, what was granted last first."""
    rows: QuerySet[Authorization] = Authorization.objects.live().filter(user=person).with_owners()
    return rows.order_by("-granted_at", "-pk")


@contextmanager
def inside(request: HttpRequest, tenant: Tenant) -> Iterator[None]:
    """As TenantScopeMiddleware lets a page of the company in."""
    person = person_of(request)
    origin = Origin(person=lambda: person, address=request.client_address, request_id=request.id)  # type: ignore[attr-defined]
    with acting(origin), tenant_scope(tenant), timezone.override(tenant.time_zone):
        yield
