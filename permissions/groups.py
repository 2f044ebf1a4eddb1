"""The life of a permission group: create, amend, delete. One function behind the page and the API; each is one
transaction with its audit line, and each refuses a scope that the company can't grant."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from permissions import catalogue
from permissions.impact import Impact, of_groups
from permissions.models import PermissionGroup
from permissions.scopes import Scopes, module_of
from tenants import audit
from tenants.context import current_tenant
from tenants.models import AuditEvent, Membership, Tenant

AMENDABLE = frozenset({"name", "description", "is_read_only", "scopes"})


class ScopesRefused(ValueError):
    """Scopes that can't be granted; the message is a sentence for whoever asked."""


class NameTaken(Exception):
    """Another group of the company has this name."""


class ChangedMeanwhile(Exception):
    """Somebody else changed the group after it was read. `group` is how it is now."""

    def __init__(self, group: PermissionGroup) -> None:
        super().__init__(group.name)
        self.group = group


@transaction.atomic
def create_group(
    *, name: str, scopes: Iterable[str], description: str = "", is_read_only: bool = False, by: Any = None
) -> PermissionGroup:
    """Raises ScopesRefused, NameTaken."""
    catalogue.hold()
    chosen = grantable(scopes, is_read_only=is_read_only)
    group = PermissionGroup(
        tenant_id=current_tenant().pk,
        name=name,
        description=description,
        is_read_only=is_read_only,
        scopes=sorted(chosen),
    )
    store(group)
    audit.record("permission_group.created", group, after=describe(group), by=by)
    return group


@transaction.atomic
def amend_group(
    group: PermissionGroup, *, seen: datetime | None = None, by: Any = None, **fields: Any
) -> PermissionGroup:
    """Change fields of AMENDABLE. `seen` is the `updated_at` the editor began with: a later change of somebody
    else raises ChangedMeanwhile. Raises ScopesRefused, NameTaken."""
    unknown = fields.keys() - AMENDABLE
    if unknown:
        raise TypeError(f"not a field of a permission group that may be set: {sorted(unknown)}")
    catalogue.hold()
    group = locked(group)
    if seen is not None and group.updated_at != seen:
        raise ChangedMeanwhile(group)
    before = describe(group)
    held = frozenset(group.scopes)
    for name, value in fields.items():
        setattr(group, name, value)
    group.scopes = sorted(grantable(group.scopes, is_read_only=group.is_read_only, held=held))
    old, new = audit.changes(before, describe(group))
    if new:
        store(group)
        audit.record("permission_group.amended", group, before=old, after=new, by=by)
    return group


@transaction.atomic
def delete_group(group: PermissionGroup, *, by: Any = None) -> None:
    """End a group. Consumers and members that have it lose what only it allowed; a consumer left without any group can
    get nothing until it is given another."""
    # The strong lock, before the log's: whoever just gave the group to a consumer, and goes on to the log, goes first.
    group = PermissionGroup.objects.select_for_update().get(pk=group.pk)
    before = {**describe(group), **users_of(group)}
    # They lock who had it: before the log, as everybody does who changes a consumer or a member.
    group.consumer_ties.all().delete()
    group.member_ties.all().delete()
    audit.record("permission_group.deleted", group, before=before, by=by)
    group.delete()


def users_of(group: PermissionGroup) -> dict[str, list[str]]:
    """Who has it, by name."""
    members = Membership.objects.select_related("user").filter(group_ties__group=group)
    return {
        "consumers": sorted(group.consumers.values_list("name", flat=True)),
        "members": sorted(membership.name for membership in members),
    }


def impact(group: PermissionGroup, new_scopes: Iterable[str]) -> Impact:
    """What giving the group `new_scopes` would take from whom, and give to whom."""
    return of_groups({group.pk: frozenset(new_scopes)})


def grantable(scopes: Iterable[str], *, is_read_only: bool, held: Scopes = frozenset()) -> Scopes:
    """The scopes, if a group of the active company may have them; raises ScopesRefused otherwise. What the
    group `held` already may stay although its module is off now: it counts again when the module is on."""
    chosen = frozenset(scopes)
    unknown = catalogue.unknown(chosen)
    if unknown:
        raise ScopesRefused(_("There is no permission “%(scope)s”.") % {"scope": min(unknown)[:60]})
    on = Tenant.objects.values_list("modules", flat=True).get(pk=current_tenant().pk)
    off = sorted(scope for scope in chosen - held if module_of(scope) not in on)
    if off:
        raise ScopesRefused(_("“%(scope)s” can't be granted: its module is off in this company.") % {"scope": off[0]})
    changing = sorted(chosen - catalogue.readable(chosen))
    if is_read_only and changing:
        raise ScopesRefused(
            _("A read-only group may only view and generate reports, so “%(scope)s” can't be part of it.")
            % {"scope": changing[0]}
        )
    return chosen


def store(group: PermissionGroup) -> None:
    try:
        with transaction.atomic():
            group.save()
    except IntegrityError as error:
        raise NameTaken(group.name) from error


def locked(group: PermissionGroup) -> PermissionGroup:
    """The row as it is now, held until the transaction ends: two editors take turns."""
    found: PermissionGroup = PermissionGroup.objects.select_for_update(no_key=True).get(pk=group.pk)
    return found


def describe(group: PermissionGroup) -> dict[str, Any]:
    """What the log shows of a group."""
    return {
        "name": group.name,
        "description": group.description,
        "is_read_only": group.is_read_only,
        "scopes": sorted(group.scopes),
    }


def last_editor(group: PermissionGroup) -> str:
    """Who changed the group last, as the log names them."""
    lines = AuditEvent.objects.filter(object_type="permissiongroup", object_id=str(group.pk))
    name: str | None = lines.order_by("-sequence").values_list("actor_name", flat=True).first()
    return name or _("Somebody else")
