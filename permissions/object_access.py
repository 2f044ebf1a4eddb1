"""Who may manage which OAuth consumer (django-guardian), in words the pages use. Super administrators may
manage all of them; a developer those they were given; an auditor sees all and changes none."""

from __future__ import annotations

from typing import Any

from django.db.models import Model, QuerySet
from guardian.shortcuts import assign_perm, get_objects_for_user, get_users_with_perms, remove_perm

from tenants.access import may_change_settings, may_read_settings
from tenants.models import Membership

MANAGE = "consumers.manage_consumer"


def may_manage(membership: Membership, consumer: Model) -> bool:
    if may_change_settings(membership):
        return True
    return membership.role == Membership.Role.DEVELOPER and membership.user.has_perm(MANAGE, consumer)


def may_see(membership: Membership, consumer: Model) -> bool:
    return may_read_settings(membership) or may_manage(membership, consumer)


def visible[M: Model](membership: Membership, consumers: QuerySet[M]) -> QuerySet[M]:
    """The consumers of `consumers` that this person may see."""
    if may_read_settings(membership):
        return consumers
    if membership.role != Membership.Role.DEVELOPER:
        return consumers.none()
    found: QuerySet[M] = get_objects_for_user(
        membership.user, MANAGE, consumers, use_groups=False, with_superuser=False
    )
    return found


def visible_to_caller[M: Model](bearer: Any, consumers: QuerySet[M]) -> QuerySet[M]:
    """The consumers that may be seen with a token: a machine's sees all, a person's those that the person may see."""
    if bearer.user_id is None:
        return consumers
    here = Membership.objects.active().select_related("user").filter(user_id=bearer.user_id).first()
    return visible(here, consumers) if here else consumers.none()


def give(user: Any, consumer: Model) -> None:
    assign_perm(MANAGE, user, consumer)


def take_back(user: Any, consumer: Model) -> None:
    remove_perm(MANAGE, user, consumer)


def managers(consumer: Model) -> QuerySet[Any]:
    """The people a consumer was given to, by name."""
    found = get_users_with_perms(consumer, only_with_perms_in=["manage_consumer"], with_group_users=False)
    assert isinstance(found, QuerySet)
    return found.order_by("full_name", "email")
