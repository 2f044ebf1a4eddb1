"""Pages outside any company: choose company, what's new, help and support, and the design system's own page."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts import changelog, specimens
from accounts.http import PersonRequest
from tenants.context import person_scope
from tenants.models import Membership


@login_required
def home(request: PersonRequest) -> HttpResponse:
    """Straight into the company of somebody who has one, else the choice."""
    memberships = memberships_of(request)
    if len(memberships) == 1:
        return redirect(f"{memberships[0].tenant.path}/")
    return render(request, "platform/companies.html", {"memberships": memberships})


@login_required
def companies(request: PersonRequest) -> HttpResponse:
    """Switch company."""
    return render(request, "platform/companies.html", {"memberships": memberships_of(request)})


def whats_new(request: HttpRequest) -> HttpResponse:
    return render(request, "platform/whats_new.html", {"releases": changelog.releases(settings.CHANGELOG)})


def help_and_support(request: HttpRequest) -> HttpResponse:
    memberships = memberships_of(request) if request.user.is_authenticated else []
    return render(request, "platform/help.html", {"memberships": memberships, "base_url": settings.GATEHOUSE_BASE_URL})


def elements(request: HttpRequest) -> HttpResponse:
    """Every element of templates/elements/, for whoever builds pages. Not on a production site, but for operators."""
    if settings.PRODUCTION and not getattr(request.user, "is_staff", False):
        raise Http404("elements are shown in development")
    return render(request, "platform/elements.html", specimens.context(request))


def memberships_of(request: HttpRequest) -> list[Membership]:
    """The active memberships of the signed-in person in companies that are not suspended, by company name."""
    with person_scope(request.user.pk):
        found = Membership.everywhere.select_related("tenant").filter(
            user_id=request.user.pk, suspended_at=None, tenant__suspended_at=None
        )
        return list(found.order_by("tenant__name"))
