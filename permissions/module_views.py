"""Settings → Modules: which modules of the product a company has."""

from __future__ import annotations

from collections.abc import Collection

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from permissions import catalogue, impact, switching
from permissions.forms import ModulesForm
from permissions.presenting import module_sections, preview
from tenants.access import may_change_settings, settings_reader_required
from tenants.middleware import TenantRequest


@require_http_methods(["GET", "HEAD", "POST"])
@settings_reader_required
def modules(request: TenantRequest) -> HttpResponse:
    if request.method != "POST":
        return modules_page(request, chosen=request.tenant.modules)
    if not may_change_settings(request.membership):
        raise PermissionDenied
    form = ModulesForm(request.POST)
    form.full_clean()
    chosen, seen = form.cleaned_data.get("modules", []), form.cleaned_data.get("seen", [])
    try:
        switching.refuse_stale(request.tenant, seen)
        after = switching.settled(chosen, had=request.tenant.modules, entries=catalogue.modules())
        outcome = impact.of_modules(after)
        if not after.issuperset(request.tenant.modules) and form.cleaned_data.get("reviewed") != outcome.fingerprint:
            return review(request, after, outcome)
        switching.switch_modules(request.tenant, on=after, seen=seen, by=request.user)
    except switching.ModulesRefused as refused:
        return modules_page(request, chosen=chosen, error=str(refused))
    except switching.ModulesChangedMeanwhile:
        error = _("Somebody else switched modules in the meantime. What you chose is kept; saving again replaces it.")
        return modules_page(request, chosen=chosen, error=error)
    messages.success(request, _("The modules were saved."))
    return redirect("permissions:modules")


def modules_page(request: TenantRequest, *, chosen: Collection[str], error: str = "") -> HttpResponse:
    context = {
        "sections": module_sections(catalogue.modules(), chosen=chosen, tenant=request.tenant),
        "may_change": may_change_settings(request.membership),
        "seen": " ".join(request.tenant.modules),
        "error": error,
    }
    return render(request, "permissions/modules.html", context, status=422 if error else 200)


def review(request: TenantRequest, after: frozenset[str], outcome: impact.Impact) -> HttpResponse:
    """What switching off would take away, before it happens."""
    going = [entry.name for entry in catalogue.modules() if entry.slug in set(request.tenant.modules) - after]
    context = {
        "going": going,
        "chosen": sorted(after),
        "seen": " ".join(request.tenant.modules),
        "preview": preview(outcome),
    }
    return render(request, "permissions/modules_review.html", context)
