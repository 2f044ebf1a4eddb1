"""General, Members, invitations and the Transactions log."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib import messages
from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import PermissionDenied
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.db.transaction import atomic
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import translation
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from tenants import companies, endpoints, members, verbs
from tenants.access import (
    may_change_settings,
    member_required,
    proof_missing,
    settings_reader_required,
    super_admin_required,
)
from tenants.context import platform_url
from tenants.filters import SHOWN_NAME, MemberFilter, TransactionFilter
from tenants.forms import DaysField, FirstPasswordForm, GeneralForm
from tenants.lists import configure, csv_response, wants_csv
from tenants.middleware import TenantRequest
from tenants.models import AuditEvent, Membership, Tenant
from tenants.navigation import may_see_consumers
from tenants.tables import MemberTable, TransactionTable, who
from tenants.text import harmless

SHOW_INVITATION = "invitation_to_show"


@member_required
def home(request: TenantRequest) -> HttpResponse:
    """To what this person comes for."""
    return redirect("consumers:list" if may_see_consumers(request.membership) else "accounts:profile")


@require_http_methods(["GET", "HEAD", "POST"])
@settings_reader_required
def general(request: TenantRequest) -> HttpResponse:
    may_change = may_change_settings(request.membership)
    if request.method == "POST" and not may_change:
        raise PermissionDenied
    # A copy: what is typed must not show in the page's frame before it is saved.
    form = GeneralForm(request.POST or None, instance=copy(request.tenant))
    if request.method == "POST" and form.is_valid():
        companies.amend_company(request.tenant, by=request.user, **form.cleaned_data)
        messages.success(request, _("The company was saved."))
        return redirect("tenants:general")
    context = {
        "form": form,
        "may_change": may_change,
        "facts": facts(request.tenant),
        "endpoints": endpoints.addresses(request.tenant.issuer),
    }
    return render(request, "tenants/general.html", context, status=422 if form.errors else 200)


def facts(tenant: Tenant) -> list[dict[str, Any]]:
    """General, for somebody who may only read it."""
    return [
        {"label": _("Name"), "value": tenant.name},
        {"label": _("Colour"), "value": tenant.colour or pgettext("colour", "None")},
        {"label": _("Language"), "value": dict(settings.LANGUAGES).get(tenant.language, tenant.language)},
        {"label": _("Time zone"), "value": tenant.time_zone},
        {"label": _("Access token lifetime (seconds)"), "value": str(tenant.access_token_seconds)},
        {"label": _("Sign-out after inactivity (days)"), "value": days(tenant.refresh_idle_seconds)},
        {"label": _("Sign in again after (days)"), "value": days(tenant.refresh_absolute_seconds)},
    ]


def days(seconds: int) -> str:
    return f"{seconds / DaysField.DAY:.3g}"


@require_safe
@settings_reader_required
def member_list(request: TenantRequest) -> HttpResponse:
    may_change = may_change_settings(request.membership)
    found = MemberFilter(request.GET, queryset=memberships())
    table = MemberTable(found.qs, may_change=may_change)
    if wants_csv(request):
        return csv_response(request, table, "members")
    configure(request, table, filtered=bool(found.form.changed_data))
    return render(request, "tenants/members.html", {"table": table, "filter": found, "may_change": may_change})


def memberships() -> QuerySet[Membership]:
    """The company's, with the name to show, their permission groups and how many consumers each was given to manage."""
    ties = entrusted(user_id=OuterRef("user_id"), tenant_id=OuterRef("tenant_id"))
    count = ties.order_by().values("user_id").annotate(count=Count("*")).values("count")
    group_ties: Any = apps.get_model("permissions", "MemberGroup")
    groups = group_ties.objects.filter(membership=OuterRef("pk")).order_by("group__name")
    found: QuerySet[Membership] = Membership.objects.select_related("user").annotate(
        shown_name=SHOWN_NAME,
        consumers_given=Coalesce(Subquery(count), 0),
        group_names=ArraySubquery(groups.values("group__name")),
    )
    return found


def entrusted(**of: Any) -> QuerySet[Any]:
    """Who may manage which consumer: rows of an app above this one, asked for by name."""
    ties: Any = apps.get_model("consumers", "ConsumerUserObjectPermission")
    found: QuerySet[Any] = ties.objects.filter(content_object__deleted_at=None, **of)
    return found


@never_cache
@super_admin_required
def member_invitation(request: TenantRequest, pk: int) -> HttpResponseBase:
    """The link to pass on, once; POST makes a new one."""
    membership = get_object_or_404(Membership.objects.select_related("user"), pk=pk, joined_at=None)
    if request.method == "POST":
        if ask := proof_missing(request):
            return ask
        try:
            return show_invitation(request, members.renew_invitation(membership, by=request.user))
        except members.NotAllowed as refusal:
            messages.error(request, str(refusal.sentence))
            return redirect("tenants:members")
    link = members.invitation_url(membership) if request.session.pop(SHOW_INVITATION, None) == pk else ""
    context = {"membership": membership, "link": link, "days": members.INVITATION_TTL.days}
    return render(request, "tenants/member_invitation.html", context)


def show_invitation(request: HttpRequest, membership: Membership) -> HttpResponse:
    request.session[SHOW_INVITATION] = membership.pk
    return redirect("tenants:member-invitation", membership.pk)


type Verb = Callable[..., object]


def picked_members(
    template: str, verb: Verb, done: str | Promise, *, wants_proof: bool = False
) -> Callable[..., HttpResponseBase]:
    """A page that asks about the picked members (?selected=…) and, on POST, does `verb` to each: all or none."""

    def page(request: TenantRequest) -> HttpResponseBase:
        numbers = [number for number in request.GET.getlist("selected") if number.isascii() and number.isdecimal()]
        picked = list(memberships().filter(pk__in=[int(number) for number in numbers if len(number) < 19]))
        if not picked:
            raise Http404("nobody picked")
        if wants_proof and (ask := proof_missing(request)):
            return ask
        if request.method == "POST":
            try:
                with atomic():
                    members.hold(picked, authorizations=verb is members.remove)
                    for membership in sorted(picked, key=lambda found: found.pk):
                        verb(membership, by=request.user)
            except members.NotAllowed as refusal:
                messages.error(request, str(refusal.sentence))
            else:
                messages.success(request, str(done))
            return redirect("tenants:members")
        return render(request, template, {"picked": picked})

    return super_admin_required(page)


members_suspend = picked_members(
    "tenants/members_suspend.html", members.suspend, gettext_lazy("They are suspended and shut out at once.")
)
members_resume = picked_members("tenants/members_resume.html", members.resume, gettext_lazy("They may come in again."))
members_remove = picked_members(
    "tenants/members_remove.html", members.remove, gettext_lazy("They were removed."), wants_proof=True
)


@require_safe
@settings_reader_required
def transactions(request: TenantRequest) -> HttpResponse:
    found = TransactionFilter(request.GET, queryset=AuditEvent.objects.all())
    table = TransactionTable(found.qs)
    if wants_csv(request):
        return csv_response(request, table, "transactions")
    configure(request, table, filtered=bool(found.form.changed_data))
    return render(request, "tenants/transactions.html", {"table": table, "filter": found})


@require_safe
@settings_reader_required
def transaction(request: TenantRequest, sequence: int) -> HttpResponse:
    event = get_object_or_404(AuditEvent.objects.all(), sequence=sequence)
    context = {
        "event": event,
        "sentence": verbs.sentence(event),
        "who": who(event),
        "kind": verbs.kind(event),
        "name": harmless(event.object_name),
        "differences": verbs.differences(event),
    }
    return render(request, "tenants/transaction.html", context)


@never_cache
def join(request: TenantRequest, token: str) -> HttpResponse:
    """Accept an invitation, in the language of the company unless this browser has chosen one."""
    chosen = settings.LANGUAGE_COOKIE_NAME in request.COOKIES
    language = translation.get_language() if chosen else request.tenant.language
    with translation.override(language):
        response = accept(request, token)
    response.headers["Content-Language"] = language
    return response


def accept(request: TenantRequest, token: str) -> HttpResponse:
    """With a first password, or as the person it is for, signed in."""
    try:
        membership = members.invitation(token)
        if membership.user.has_usable_password():
            return join_as_oneself(request, membership)
        return join_with_password(request, membership)
    except members.NotAllowed as gone:
        return render(request, "tenants/join_gone.html", {"sentence": gone.sentence}, status=410)


def join_as_oneself(request: TenantRequest, membership: Membership) -> HttpResponse:
    is_person = request.user.pk == membership.user_id
    if request.method == "POST" and is_person:
        members.join(membership)
        return redirect("home")
    context = {"membership": membership, "is_person": is_person, "sign_in_url": sign_in_url(request.get_full_path())}
    return render(request, "tenants/join.html", context)


def join_with_password(request: TenantRequest, membership: Membership) -> HttpResponse:
    form = FirstPasswordForm(request.POST or None, membership=membership)
    if request.method != "POST" or not form.is_valid():
        context = {"membership": membership, "form": form}
        return render(request, "tenants/join_new.html", context, status=422 if form.errors else 200)
    members.join(membership, password=form.cleaned_data["password"])
    messages.success(request, _("Your password is set. Sign in with it."))
    return HttpResponseRedirect(sign_in_url(f"{request.tenant.path}/"))


def sign_in_url(back: str) -> str:
    return f"{platform_url('account_login')}?{urlencode({'next': back})}"
