"""Settings → User accounts → Permissions: the list of groups, the matrix of one, and deleting some."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from permissions import catalogue, groups, impact, matrix
from permissions.forms import GroupForm, changed_meanwhile
from permissions.models import Action, PermissionGroup
from permissions.presenting import preview
from permissions.tables import ChangeableGroupTable, GroupFilter, GroupTable, listed
from permissions.wording import summary
from tenants.access import may_change_settings, settings_reader_required, super_admin_required
from tenants.lists import configure, csv_response, wants_csv
from tenants.middleware import TenantRequest

MOST_CONSUMERS = 20
MOST_MEMBERS = 20
NAME_TAKEN = gettext_lazy("There is a permission group of this name already.")


@require_safe
@settings_reader_required
def group_list(request: TenantRequest) -> HttpResponse:
    may_change = may_change_settings(request.membership)
    entries = catalogue.modules()
    on = [entry for entry in entries if entry.slug in request.tenant.modules]
    chosen = GroupFilter(request.GET, queryset=listed(), entries=entries)
    table = (ChangeableGroupTable if may_change else GroupTable)(chosen.qs, entries=on)
    if wants_csv(request):
        return csv_response(request, table, "permission-groups")
    configure(request, table, filtered=chosen.narrows)
    return render(request, "permissions/group_list.html", {"table": table, "filter": chosen, "may_change": may_change})


@require_http_methods(["GET", "HEAD", "POST"])
@super_admin_required
def group_create(request: TenantRequest) -> HttpResponse:
    form = GroupForm(request.POST or None, modules=request.tenant.modules)
    if form.is_valid():
        try:
            group = groups.create_group(**values(form), by=request.user)
        except groups.NameTaken:
            form.add_error("name", NAME_TAKEN)
        else:
            messages.success(request, _("“%(name)s” was added.") % {"name": group.name})
            return redirect("permissions:group-list")
    return group_page(request, form)


@require_http_methods(["GET", "HEAD", "POST"])
@settings_reader_required
def group_detail(request: TenantRequest, pk: int) -> HttpResponse:
    group = get_object_or_404(PermissionGroup.objects, pk=pk)
    if request.method != "POST":
        return group_page(request, GroupForm(modules=request.tenant.modules, group=group))
    if not may_change_settings(request.membership):
        raise PermissionDenied
    form = GroupForm(request.POST, modules=request.tenant.modules, group=group)
    if not form.is_valid():
        return group_page(request, form)
    outcome = groups.impact(group, form.cleaned_data["scopes"])
    if outcome.takes_away and form.cleaned_data["reviewed"] != outcome.fingerprint:
        return group_page(request, form, outcome)
    return amended(request, form, group)


def amended(request: TenantRequest, form: GroupForm, group: PermissionGroup) -> HttpResponse:
    try:
        group = groups.amend_group(group, seen=group.updated_at, by=request.user, **values(form))
    except groups.NameTaken:
        form.add_error("name", NAME_TAKEN)
    except groups.ChangedMeanwhile as changed:
        form.group, form.is_stale = changed.group, True
        form.add_error(None, changed_meanwhile(changed.group))
    except PermissionGroup.DoesNotExist:
        raise Http404("deleted meanwhile") from None
    else:
        messages.success(request, _("“%(name)s” was saved.") % {"name": group.name})
        return redirect("permissions:group-list")
    return group_page(request, form)


@require_POST
@super_admin_required
def group_preview(request: TenantRequest, pk: int | None = None) -> HttpResponse:
    """What the form, as it stands, would allow and take away. Nothing is saved."""
    group = get_object_or_404(PermissionGroup.objects, pk=pk) if pk is not None else None
    form = GroupForm(request.POST, modules=request.tenant.modules, group=group)
    form.full_clean()
    scopes = form.cleaned_data.get("scopes")
    outcome = groups.impact(group, scopes) if group and scopes is not None else impact.Impact()
    entries = [entry for entry in catalogue.modules() if entry.slug in request.tenant.modules]
    context = {
        "allows": summary(form.ticked if scopes is None else scopes, entries),
        "preview": preview(outcome),
        "errors": form.errors.get("scopes", ()),
    }
    return render(request, "permissions/group_preview.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@super_admin_required
def group_delete(request: TenantRequest) -> HttpResponse:
    """Of one or several groups, ?selected=1&selected=2."""
    chosen = picked(request)
    if not chosen:
        messages.info(request, _("Select at least one permission group first."))
        return redirect("permissions:group-list")
    outcome = impact.of_groups({group.pk: () for group in chosen})
    if request.method == "POST" and request.POST.get("reviewed") == outcome.fingerprint:
        delete_all(chosen, by=request.user)
        text = ngettext(
            "%(count)d permission group was deleted.", "%(count)d permission groups were deleted.", len(chosen)
        )
        messages.success(request, text % {"count": len(chosen)})
        return redirect("permissions:group-list")
    stranded = [effect.holder for effect in outcome.losses if not effect.left]
    context = {"groups": chosen, "preview": preview(outcome), "stranded": stranded, "again": request.method == "POST"}
    return render(request, "permissions/group_delete.html", context)


def picked(request: TenantRequest) -> list[PermissionGroup]:
    """The rows of ?selected=…, all of them ours: one that isn't makes the page not exist."""
    asked = set(request.GET.getlist("selected"))
    if not all(value.isascii() and value.isdigit() and len(value) < 19 for value in asked):
        raise Http404
    ids = set(map(int, asked))
    found = list(PermissionGroup.objects.filter(pk__in=ids))
    if len(found) != len(ids):
        raise Http404
    return found


def delete_all(chosen: list[PermissionGroup], *, by: Any) -> None:
    for group in chosen:
        try:
            groups.delete_group(group, by=by)
        except PermissionGroup.DoesNotExist:
            raise Http404("deleted meanwhile") from None


def group_page(request: TenantRequest, form: GroupForm, outcome: impact.Impact | None = None) -> HttpResponse:
    """The form with its matrix; `outcome` is what a change would take away, for a person to agree to."""
    entries = catalogue.modules()
    on = [entry for entry in entries if entry.slug in request.tenant.modules]
    group = form.group
    consumers = impact.using([group.pk] if group else [])
    members = impact.having([group.pk] if group else [])
    context = {
        "form": form,
        "group": group,
        "may_change": may_change_settings(request.membership),
        "actions": Action.choices,
        "sections": matrix.sections(entries, scopes=form.ticked, modules=request.tenant.modules),
        "off": [entry.name for entry in entries if entry.slug not in request.tenant.modules],
        "allows": summary(form.ticked, on),
        "stored": summary(group.scopes, on) if group and form.is_stale else "",
        "consumers": consumers[:MOST_CONSUMERS],
        "more_consumers": max(0, consumers.count() - MOST_CONSUMERS),
        "members": members[:MOST_MEMBERS],
        "more_members": max(0, members.count() - MOST_MEMBERS),
        "preview": preview(outcome) if outcome else None,
    }
    return render(request, "permissions/group.html", context, status=422 if form.is_bound and form.errors else 200)


def values(form: GroupForm) -> dict[str, Any]:
    return {name: form.cleaned_data[name] for name in ("name", "description", "is_read_only", "scopes")}
