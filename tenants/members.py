"""The life of a membership: invite, join, change role, suspend, resume, remove. Each is one transaction with
its line in the log.

Nobody changes their own membership, and a company never loses its last super administrator: whoever might
take one away first locks all of them, so two of them can't demote each other at the same moment.

An invitation is a link the super administrator passes on; there may be no e-mail service. Whether the
person has an account already (because of another company) shows neither in the answer nor in the list.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from importlib import import_module
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.core import signing
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tenants import audit
from tenants.context import current_tenant, person_scope, tenant_scope
from tenants.models import Membership, Tenant

INVITATION_TTL = timedelta(days=3)


class NotAllowed(Exception):
    """A rule of memberships forbids it; `sentence` says which, to the person who tried."""

    sentence: str | Promise = ""


class AlreadyMember(NotAllowed):
    sentence = _("This person is a member already.")


class OwnMembership(NotAllowed):
    sentence = _("You can't change your own membership. Ask another super administrator.")


class LastSuperAdmin(NotAllowed):
    sentence = _("The last super administrator can't be removed, suspended or given another role.")


class MemberGone(NotAllowed):
    sentence = _("This person is no longer a member.")


class InvitationGone(NotAllowed):
    sentence = _("This invitation was used, withdrawn or replaced, or it has expired. Ask for a new one.")


@transaction.atomic
def invite(*, email: str, name: str, role: str, by: Any = None) -> Membership:
    """Make a membership that waits for its person to accept. Raises AlreadyMember."""
    user = _person(email.strip().lower())
    try:
        with transaction.atomic():
            membership: Membership = Membership.objects.create(
                user=user, role=role, invited_name=name, invited_at=timezone.now(), joined_at=None
            )
    except IntegrityError:
        raise AlreadyMember from None
    audit.record("member.invited", membership, after={"email": user.email, "role": role}, by=by)
    return membership


@transaction.atomic
def renew_invitation(membership: Membership, *, by: Any = None) -> Membership:
    """A new link; the one before it is dead. Raises InvitationGone for somebody who has joined."""
    membership = _locked(membership)
    if membership.joined_at:
        raise InvitationGone
    membership.invited_at = timezone.now()
    membership.save(update_fields=["invited_at"])
    audit.record("member.invitation_renewed", membership, by=by)
    return membership


def invitation_url(membership: Membership) -> str:
    """The page where the invited person accepts: works once, for INVITATION_TTL."""
    assert membership.invited_at is not None
    token = signing.dumps([membership.pk, membership.invited_at.isoformat()], salt=_salt())
    return f"{current_tenant().issuer}/join/{token}/"


def invitation(token: str) -> Membership:
    """The waiting membership a link stands for. Raises InvitationGone."""
    try:
        pk, invited_at = signing.loads(token, salt=_salt())
    except signing.BadSignature:
        raise InvitationGone from None
    waiting = Membership.objects.select_related("user").filter(pk=pk, joined_at=None, suspended_at=None)
    membership: Membership | None = waiting.filter(invited_at__gt=timezone.now() - INVITATION_TTL).first()
    if membership is None or membership.invited_at is None or membership.invited_at.isoformat() != invited_at:
        raise InvitationGone
    return membership


@transaction.atomic
def join(membership: Membership, *, password: str = "") -> Membership:
    """Accept the invitation: as the person it is for, who has signed in, or with the first password of
    somebody who has none. Raises InvitationGone when it was accepted or withdrawn meanwhile."""
    membership = _locked(membership)
    if membership.joined_at or membership.suspended_at:
        raise InvitationGone
    user = get_user_model()._default_manager.select_for_update(no_key=True).get(pk=membership.user_id)
    if password:
        if user.has_usable_password():
            raise InvitationGone
        user.set_password(password)
        user.full_name = user.full_name or membership.invited_name
        user.language = user.language or current_tenant().language
        user.save(update_fields=["password", "full_name", "language"])
    membership.user, membership.joined_at = user, timezone.now()
    membership.save(update_fields=["joined_at"])
    audit.record("member.joined", membership, after={"role": membership.role}, by=user)
    return membership


@transaction.atomic
def change_role(membership: Membership, role: str, *, by: Any = None) -> Membership:
    """Raises OwnMembership, LastSuperAdmin."""
    membership = changeable(membership, by)
    if role == membership.role:
        return membership
    before = membership.role
    if before == Membership.Role.SUPER_ADMIN:
        _keep_a_super_admin(membership)
    membership.role = role
    membership.save(update_fields=["role"])
    audit.record("member.role_changed", membership, before={"role": before}, after={"role": role}, by=by)
    return membership


@transaction.atomic
def suspend(membership: Membership, *, by: Any = None) -> Membership:
    """Shut out at once, with every app that acts for them here, and keep everything: whoever is resumed goes on as
    before. Suspending twice changes nothing. Raises OwnMembership, LastSuperAdmin."""
    membership = changeable(membership, by)
    if membership.suspended_at is None:
        _keep_a_super_admin(membership)
        membership.suspended_at = timezone.now()
        membership.save(update_fields=["suspended_at"])
        audit.record("member.suspended", membership, by=by)
    return membership


@transaction.atomic
def resume(membership: Membership, *, by: Any = None) -> Membership:
    membership = changeable(membership, by)
    if membership.suspended_at is not None:
        membership.suspended_at = None
        membership.save(update_fields=["suspended_at"])
        audit.record("member.resumed", membership, by=by)
    return membership


@transaction.atomic
def remove(membership: Membership, *, by: Any = None) -> None:
    """End the membership, what the person was given to manage here and what they let apps do here.
    Raises OwnMembership, LastSuperAdmin."""
    hold([membership], authorizations=True)
    membership = changeable(membership, by)
    _keep_a_super_admin(membership)
    user = membership.user
    # What is of the apps above this one is reached by name and by reverse relations, which keep to this company. Rows
    # before the log, in this order: whoever revokes at the same moment goes the same way.
    granting = import_module("authorizations.granting")
    granting.revoke_all_of(user.authorizations.all(), by=by)
    audit.record("member.removed", membership, before={"email": user.email, "role": membership.role}, by=by)
    given = user.consumeruserobjectpermission_set.filter(tenant_id=membership.tenant_id)
    consumers = [tie.content_object for tie in given.select_related("content_object").order_by("content_object_id")]
    manager = {"manager": str(user)}
    audit.record_many("consumer.manager_removed", ((consumer, manager, {}) for consumer in consumers), by=by)
    given.delete()
    membership.delete()


def record_refused_sign_in(user: Any) -> None:
    """A line in each company of a person at whose account somebody failed to sign in."""
    with person_scope(user.pk):
        mine = Membership.everywhere.filter(user_id=user.pk, joined_at__isnull=False).order_by("tenant_id")
        companies: list[Tenant] = [membership.tenant for membership in mine.select_related("tenant")]
    for tenant in companies:
        with tenant_scope(tenant):
            audit.record("member.sign_in_refused", Membership.objects.get(user_id=user.pk))


def _person(email: str) -> Any:
    people = get_user_model()._default_manager
    # Both doors do the same work: no password is hashed for either.
    user, _made = people.get_or_create(email=email, defaults={"password": "!"})
    return user


def _salt() -> str:
    return f"tenants.members.invitation:{current_tenant().pk}"


def _locked(membership: Membership) -> Membership:
    """As it is now, held until the transaction ends. Raises MemberGone."""
    found: Membership | None = Membership.objects.for_update().select_related("user").filter(pk=membership.pk).first()
    if found is None:
        raise MemberGone
    return found


def hold(memberships: Iterable[Membership], *, authorizations: bool = False) -> None:
    """Before several are changed, or one goes with its ties to permission groups: all locks, in the order in which
    everybody takes them; those of what apps may do for them, where that ends too."""
    memberships = list(memberships)
    ids = [membership.pk for membership in memberships]
    apps.get_model("permissions", "MemberGroup").objects.filter(membership__in=ids).hold()
    _lock_super_admins()
    list(Membership.objects.filter(pk__in=ids).for_update().order_by("pk"))
    if authorizations:
        live = apps.get_model("authorizations", "Authorization").objects.live()
        theirs = live.filter(user__in=[membership.user_id for membership in memberships])
        list(theirs.for_update().order_by("pk").values_list("pk", flat=True))


def changeable(membership: Membership, by: Any) -> Membership:
    """As it is now, held until the transaction ends. Raises OwnMembership, MemberGone."""
    if by is not None and membership.user_id == by.pk:
        raise OwnMembership
    _lock_super_admins()
    return _locked(membership)


def _lock_super_admins() -> None:
    """First and in one order, so that two who change each other take turns."""
    list(Membership.objects.filter(role=Membership.Role.SUPER_ADMIN).for_update().order_by("pk"))


def _keep_a_super_admin(leaving: Membership) -> None:
    """Raises LastSuperAdmin when nobody else who is active would be left. Call it under changeable's locks."""
    if not leaving.is_super_admin or not leaving.is_active:
        return
    if not Membership.objects.super_admins().exclude(pk=leaving.pk).exists():
        raise LastSuperAdmin
