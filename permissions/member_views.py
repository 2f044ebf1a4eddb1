"""The drawers of Members: inviting somebody, and one member's role and permission groups. The list is the layer's
below (tenants.views), which knows nothing of groups."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from permissions import catalogue, members
from permissions.forms import InvitationForm, MemberForm
from permissions.wording import summary
from tenants.access import may_change_settings, proof_missing, settings_reader_required, super_admin_required
from tenants.members import AlreadyMember, NotAllowed
from tenants.middleware import TenantRequest
from tenants.models import Membership
from tenants.tables import badge
from tenants.views import entrusted, memberships, show_invitation


@require_http_methods(["GET", "HEAD", "POST"])
@super_admin_required
def member_invite(request: TenantRequest) -> HttpResponseBase:
    if ask := proof_missing(request):
        return ask
    form = InvitationForm(request.POST or None, initial={"role": Membership.Role.MEMBER})
    if request.method == "POST" and form.is_valid():
        try:
            membership = members.invite(**form.cleaned_data, by=request.user)
        except AlreadyMember as refusal:
            form.add_error("email", str(refusal.sentence))
        except members.GroupGone:
            form.add_error("groups", group_gone())
        else:
            return show_invitation(request, membership)
    return render(request, "permissions/member_invite.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@settings_reader_required
def member(request: TenantRequest, pk: int) -> HttpResponseBase:
    """A member's drawer: who they are and what they may do; for super administrators, to change."""
    membership = get_object_or_404(memberships(), pk=pk)
    if request.method == "POST" and not may_change_settings(request.membership):
        raise PermissionDenied
    held = members.groups_of(membership)
    form = MemberForm(request.POST or None, initial={"role": membership.role, "groups": [group.pk for group in held]})
    if request.method == "POST" and form.is_valid():
        if ask := proof_missing(request):
            return ask
        try:
            members.amend(membership, **form.cleaned_data, by=request.user)
        except NotAllowed as refusal:
            form.add_error("role", str(refusal.sentence))
        except members.GroupGone:
            form.add_error("groups", group_gone())
        else:
            messages.success(request, _("“%(name)s” was saved.") % {"name": membership.name})
            return redirect("tenants:members")
    entries = [entry for entry in catalogue.modules() if entry.slug in request.tenant.modules]
    context = {
        "membership": membership,
        "form": form,
        "may_change": may_change_settings(request.membership) and membership.user_id != request.user.pk,
        "badge": badge(membership),
        "groups": [group.name for group in held],
        "allows": summary(membership.ceiling, entries),
        "consumers": entrusted(user_id=membership.user_id, tenant_id=membership.tenant_id)
        .select_related("content_object")
        .order_by("content_object__name"),
        "apps": members.live_apps(membership),
    }
    return render(request, "permissions/member.html", context, status=422 if form.errors else 200)


def group_gone() -> str:
    return _("A permission group was deleted meanwhile. Choose again.")
