"""App authorizations: who has access, when it was last used, and the ways to cut it off."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.stepup import fresh_sign_in_required
from authorizations import granting, sign_ins
from authorizations.filters import AuthorizationFilter
from authorizations.forms import PickedForm
from authorizations.models import Authorization
from authorizations.models.authorization import AuthorizationQuerySet
from authorizations.tables import AuthorizationTable, state_badge
from authorizations.toll import Toll
from consumers.models import Consumer
from permissions import catalogue
from permissions.object_access import visible
from tenants.access import may_change_settings, may_read_settings, member_required, super_admin_required
from tenants.lists import configure, csv_response, wants_csv
from tenants.middleware import TenantRequest
from tenants.models import Membership
from tenants.navigation import may_see_consumers

CONSUMER_STATES = {
    "active": gettext_lazy("Active"),
    "suspended": gettext_lazy("Suspended"),
    "deleted": gettext_lazy("Deleted"),
}


@require_safe
@member_required
def authorizations(request: TenantRequest) -> HttpResponse:
    """The list. Super administrators and auditors see all rows, a developer those of the consumers given to them."""
    rows = AuthorizationFilter(request.GET, queryset=visible_to(request.membership).with_owners())
    table = AuthorizationTable(
        rows.qs, may_revoke=may_change_settings(request.membership), shows_states=rows.shows_states
    )
    if wants_csv(request):
        return csv_response(request, table, "app-authorizations")
    configure(request, table, filtered=rows.narrows)
    return render(request, "authorizations/list.html", {"table": table, "filter": rows})


@require_safe
@member_required
def authorization(request: TenantRequest, pk: int) -> HttpResponse:
    """The drawer: everything about one row."""
    rows = visible_to(request.membership).with_owners().select_related("consumer", "user", "granted_by", "revoked_by")
    found = get_object_or_404(rows, pk=pk)
    context = {
        "authorization": found,
        "badge": state_badge(found),
        "person": person(found),
        "sign_ins": sign_ins.under([found.pk]),
        "scopes": catalogue.sentences(found.effective_scopes),
        "consumer_state": CONSUMER_STATES[found.consumer.state],
        "way_back": way_back(found),
        "may_revoke": may_change_settings(request.membership),
        "live_together": found.consumer.authorizations.live().count(),
        "live_of_person": Authorization.objects.live().filter(user=found.user).count() if found.user else 0,
        "may_let_in_again": may_change_settings(request.membership) and found.can_be_replaced,
    }
    return render(request, "authorizations/detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@super_admin_required
def revoke_one(request: TenantRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Authorization.objects.all(), pk=pk)
    return ask_and_revoke(request, Authorization.objects.filter(pk=found.pk))


@require_http_methods(["GET", "HEAD", "POST"])
@super_admin_required
def revoke(request: TenantRequest) -> HttpResponse:
    """The rows picked in the list (?selected=…&selected=…)."""
    form = PickedForm(request.GET)
    picked = form.cleaned_data["selected"] if form.is_valid() else frozenset()
    return ask_and_revoke(request, Authorization.objects.filter(pk__in=picked))


@require_http_methods(["GET", "HEAD", "POST"])
@super_admin_required
@fresh_sign_in_required
def revoke_matching(request: TenantRequest) -> HttpResponse:
    """Every row the list's search and filter find, however many pages they fill. Cutting off one or a few is an
    emergency brake and asks for nothing; this can stop a whole company, so it does."""
    found = AuthorizationFilter(request.GET, queryset=Authorization.objects.all())
    # The list shows more when it does not understand a filter; here that would revoke more.
    return ask_and_revoke(request, found.qs if found.is_valid() else Authorization.objects.none())


@require_http_methods(["GET", "HEAD", "POST"])
@super_admin_required
def revoke_consumer(request: TenantRequest, pk: int) -> HttpResponse:
    consumer = get_object_or_404(Consumer.objects.all(), pk=pk)
    return ask_and_revoke(request, consumer.authorizations.all())


@require_http_methods(["GET", "HEAD", "POST"])
@super_admin_required
def revoke_person(request: TenantRequest, pk: int) -> HttpResponse:
    """Everything one person lets apps do here, on all their devices."""
    membership = get_object_or_404(Membership.objects.all(), user_id=pk)
    return ask_and_revoke(request, Authorization.objects.filter(user_id=membership.user_id))


@require_POST
@super_admin_required
def authorize_again(request: TenantRequest, pk: int) -> HttpResponse:
    """Let a client-credentials consumer whose authorization was revoked in again."""
    consumer = get_object_or_404(
        Consumer.objects.present().filter(authorization_grant_type=Consumer.GRANT_CLIENT_CREDENTIALS), pk=pk
    )
    try:
        granted = granting.authorize_again(consumer, by=request.user)
    except granting.ConsumerGone:
        raise Http404("deleted meanwhile") from None
    messages.success(request, _("%(name)s may get tokens again.") % {"name": consumer})
    return redirect("authorizations:detail", pk=granted.pk)


def visible_to(membership: Membership) -> AuthorizationQuerySet:
    """Raises PermissionDenied for a role that has nothing to see here."""
    if not may_see_consumers(membership):
        raise PermissionDenied
    rows: AuthorizationQuerySet = Authorization.objects.all()
    if may_read_settings(membership):
        return rows
    return rows.filter(consumer__in=visible(membership, Consumer.objects.all()))


def way_back(authorization: Authorization) -> str:
    """How whoever lost this access gets it back."""
    if authorization.user_id:
        return _("The person is asked for consent again when they connect the app again.")
    if authorization.consumer.deleted_at:
        return _("The consumer was deleted; register it anew.")
    if authorization.can_be_replaced:
        return _("It gets no token until a super administrator lets it in again. Its key and secrets stay the same.")
    return _("It was let in again later, under a new row.")


def person(authorization: Authorization) -> str:
    """Why a person's app gets nowhere although nobody revoked it; nothing when it does."""
    if authorization.user_id is None or not authorization.is_live:
        return ""
    if authorization.membership is None:
        return _("The person is no longer a member: nothing is allowed.")
    if not authorization.membership.is_active:
        return _("The person is suspended: every use is refused until they are resumed.")
    return ""


def ask_and_revoke(request: TenantRequest, selection: AuthorizationQuerySet) -> HttpResponse:
    """GET says what would stop, POST stops it."""
    if request.method != "POST":
        return render(request, "authorizations/revoke.html", {"toll": Toll.of(selection, request.tenant)})
    ended = granting.revoke_all_of(selection, by=request.user)
    if ended:
        text = ngettext("%(n)d app authorization was revoked.", "%(n)d app authorizations were revoked.", ended)
        messages.success(request, text % {"n": ended})
    else:
        messages.info(request, _("Nothing was left to revoke."))
    return redirect("authorizations:list")
