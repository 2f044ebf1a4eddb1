"""Pages outside any company: choose company, what's new, help and support, and the design system's own page."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts import changelog, integration, specimens
from accounts.http import person_of
from tenants.context import person_scope
from tenants.models import Membership


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Straight into the company of somebody who has one, else the choice."""
    memberships = memberships_of(request)
    if len(memberships) == 1:
        return redirect(f"{memberships[0].tenant.path}/")
    return render(request, "platform/companies.html", {"memberships": memberships})


@login_required
def companies(request: HttpRequest) -> HttpResponse:
    """Switch company."""
    return render(request, "platform/companies.html", {"memberships": memberships_of(request)})


def whats_new(request: HttpRequest) -> HttpResponse:
    return render(request, "platform/whats_new.html", {"releases": changelog.releases(settings.CHANGELOG)})


def help_and_support(request: HttpRequest) -> HttpResponse:
    tenants = [membership.tenant for membership in memberships_of(request)] if request.user.is_authenticated else []
    example = tenants[0].issuer if tenants else f"{settings.GATEHOUSE_BASE_URL}/t/your-company"
    companies = [{"name": tenant.name, "addresses": integration.addresses(tenant.issuer)} for tenant in tenants]
    return render(request, "platform/help.html", {"companies": companies, "samples": integration.samples(example)})


def elements(request: HttpRequest) -> HttpResponse:
    """Every element of templates/elements/, for whoever builds pages. Not on a production site, but for operators."""
    only_where_built(request)
    return render(request, "platform/elements.html", specimens.context(request))


def specimen_drawer(request: HttpRequest) -> HttpResponse:
    only_where_built(request)
    form = specimens.SpecimenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        messages.success(request, f"“{form.cleaned_data['name']}” would be saved now.")
        return redirect("platform:elements")
    return render(request, "platform/specimen_drawer.html", {"form": form}, status=422 if form.errors else 200)


def specimen_question(request: HttpRequest) -> HttpResponse:
    only_where_built(request)
    if request.method == "POST":
        messages.success(request, "It would be done now.")
        return redirect("platform:elements")
    return render(request, "platform/specimen_question.html", {"selected": request.GET.getlist("selected")})


def only_where_built(request: HttpRequest) -> None:
    if settings.PRODUCTION and not getattr(request.user, "is_staff", False):
        raise Http404("elements are shown in development")


def memberships_of(request: HttpRequest) -> list[Membership]:
    """The active memberships of the signed-in person in companies that are not suspended, by company name."""
    person = person_of(request)
    with person_scope(person.pk):
        found = Membership.everywhere.select_related("tenant").filter(
            user=person, joined_at__isnull=False, suspended_at=None, tenant__suspended_at=None
        )
        return list(found.order_by("tenant__name"))
