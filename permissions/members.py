"""What a member may do: their permission groups, given with an invitation or later. A super administrator may do all
that the company's modules know, with or without groups."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction

from permissions.models import MemberGroup, PermissionGroup
from tenants import audit, members
from tenants.models import Membership


class GroupGone(Exception):
    """A permission group was deleted by somebody else after it was chosen."""


@transaction.atomic
def invite(*, email: str, name: str, role: str, groups: Iterable[PermissionGroup], by: Any = None) -> Membership:
    """An invitation with what the person may do once they accept. Raises AlreadyMember, GroupGone."""
    wanted = hold(MemberGroup.objects.none(), groups)
    membership = members.invite(email=email, name=name, role=role, by=by)
    _tie(membership, wanted, by=by)
    return membership


@transaction.atomic
def amend(membership: Membership, *, role: str, groups: Iterable[PermissionGroup], by: Any = None) -> Membership:
    """Role and groups at once. Raises OwnMembership, LastSuperAdmin, MemberGone, GroupGone."""
    wanted = hold(_ties(membership), groups)
    membership = members.change_role(membership, role, by=by)
    _tie(membership, wanted, by=by)
    return membership


@transaction.atomic
def set_member_groups(membership: Membership, groups: Iterable[PermissionGroup], *, by: Any = None) -> Membership:
    """Give a member exactly these groups: tokens of people are narrowed to it with their next use. Raises
    OwnMembership, MemberGone, GroupGone."""
    wanted = hold(_ties(membership), groups)
    membership = members.changeable(membership, by)
    _tie(membership, wanted, by=by)
    return membership


def groups_of(membership: Membership) -> list[PermissionGroup]:
    return list(PermissionGroup.objects.filter(member_ties__membership=membership).order_by("name"))


def live_apps(membership: Membership) -> int:
    """How many apps may act for them here. The layer that knows is above this one."""
    found: int = membership.user.authorizations.live().count()  # type: ignore[attr-defined]
    return found


def hold(ties: Any, groups: Iterable[PermissionGroup]) -> set[int]:
    """The ids of the groups wanted, which stay as they are until the transaction ends. Raises GroupGone."""
    wanted = {group.pk for group in groups}
    if not wanted <= ties.hold(wanted):
        raise GroupGone
    return wanted


def _ties(membership: Membership) -> Any:
    return MemberGroup.objects.filter(membership=membership)


def _tie(membership: Membership, wanted: set[int], *, by: Any) -> None:
    """Call it under hold()'s locks."""
    before = _names(membership)
    _ties(membership).exclude(group_id__in=wanted).delete()
    present = set(_ties(membership).values_list("group_id", flat=True))
    MemberGroup.objects.bulk_create(
        MemberGroup(tenant_id=membership.tenant_id, membership=membership, group_id=group_id)
        for group_id in sorted(wanted - present)
    )
    after = _names(membership)
    if before != after:
        audit.record("member.groups_changed", membership, before={"groups": before}, after={"groups": after}, by=by)


def _names(membership: Membership) -> list[str]:
    return [group.name for group in groups_of(membership)]
