"""What a change of permissions would take away, and from whom, worked out before it is made: from consumers, from
members and with them from the apps that act for these. Consumers and authorizations live in upper layers: they are
reached through what points at a group, and by name."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from permissions.models import PermissionGroup
from permissions.scopes import Scopes, ceiling, parse
from tenants.context import current_tenant
from tenants.models import Membership


@dataclass(frozen=True, slots=True)
class Effect[Holder]:
    """What a change means for one consumer or one member."""

    holder: Holder
    lost: Scopes
    gained: Scopes
    left: Scopes


@dataclass(frozen=True, slots=True)
class Impact:
    """`apps`: how many live authorizations of members who lose something lose it as well."""

    effects: Sequence[Effect[Any]] = ()
    members: Sequence[Effect[Membership]] = ()
    groups: Mapping[PermissionGroup, Scopes] = field(default_factory=dict)
    live_tokens: int = 0
    apps: int = 0

    @property
    def losses(self) -> list[Effect[Any]]:
        return [effect for effect in self.effects if effect.lost]

    @property
    def gains(self) -> list[Effect[Any]]:
        return [effect for effect in self.effects if effect.gained]

    @property
    def member_losses(self) -> list[Effect[Membership]]:
        return [effect for effect in self.members if effect.lost]

    @property
    def member_gains(self) -> list[Effect[Membership]]:
        return [effect for effect in self.members if effect.gained]

    @property
    def takes_away(self) -> bool:
        return bool(self.losses or self.member_losses or self.groups)

    @property
    def fingerprint(self) -> str:
        """Equal when the same is taken from the same: a person confirms exactly what they were shown."""
        consumers = [f"consumer {effect.holder.pk} {' '.join(sorted(effect.lost))}" for effect in self.losses]
        members = [f"member {effect.holder.pk} {' '.join(sorted(effect.lost))}" for effect in self.member_losses]
        groups = [f"group {group.pk} {' '.join(sorted(scopes))}" for group, scopes in self.groups.items()]
        return hashlib.sha256("\n".join(sorted(consumers + members + groups)).encode()).hexdigest()[:32]


def of_groups(scopes: Mapping[int, Iterable[str]]) -> Impact:
    """Of giving groups, by id, other scopes (none: of deleting them)."""
    modules = frozenset(current_tenant().modules)
    return judged(scopes, scopes, {}, before=modules, after=modules)


def of_modules(modules: Iterable[str]) -> Impact:
    """Of the company having `modules` from now on. Groups keep their scopes; those of modules that go no
    longer count."""
    before, after = frozenset(current_tenant().modules), frozenset(modules)
    losing: dict[PermissionGroup, Scopes] = {}
    changing: list[int] = []
    for group in PermissionGroup.objects.all():
        held, kept = ceiling([group.scopes], before), ceiling([group.scopes], after)
        if held != kept:
            changing.append(group.pk)
        if held - kept:
            losing[group] = held - kept
    return judged(changing, {}, losing, before=before, after=after)


def using(groups: Iterable[int]) -> QuerySet[Any]:
    """The consumers that have one of these groups, by name."""
    consumers: Any = PermissionGroup._meta.get_field("consumers").related_model
    found: QuerySet[Any] = consumers.objects.present().filter(groups__in=list(groups)).distinct().order_by("name")
    return found


def having(groups: Iterable[int]) -> QuerySet[Membership]:
    """The members that have one of these groups, by name."""
    held = PermissionGroup.objects.filter(pk__in=list(groups)).values("member_ties__membership")
    found: QuerySet[Membership] = Membership.objects.select_related("user").filter(pk__in=held)
    return found.order_by("user__full_name", "user__email")


def judged(
    changing: Iterable[int],
    scopes: Mapping[int, Iterable[str]],
    losing: Mapping[PermissionGroup, Scopes],
    *,
    before: Scopes,
    after: Scopes,
) -> Impact:
    """Of groups `changing` to `scopes` and of modules changing from `before` to `after`."""

    def effect[Holder](holder: Holder, groups: Iterable[PermissionGroup]) -> Effect[Holder]:
        held = list(groups)
        had = ceiling((group.scopes for group in held), before)
        has = ceiling((scopes.get(group.pk, group.scopes) for group in held), after)
        return Effect(holder, lost=had - has, gained=has - had, left=has)

    consumers = [effect(consumer, consumer.groups.all()) for consumer in using(changing).prefetch_related("groups")]
    # Who may do everything loses and gains nothing by a group.
    narrowed = having(changing).exclude(role=Membership.Role.SUPER_ADMIN).prefetch_related("group_ties__group")
    members = [effect(member, [tie.group for tie in member.group_ties.all()]) for member in narrowed]
    touched = [effect for effect in consumers if effect.lost or effect.gained]
    touched_members = [effect for effect in members if effect.lost or effect.gained]
    return Impact(touched, touched_members, losing, live_tokens(touched, touched_members), apps_of(touched_members))


def live_tokens(effects: Iterable[Effect[Any]], members: Iterable[Effect[Membership]]) -> int:
    """How many opaque tokens, now in use, hold a scope that is lost. Signed ones are nobody's rows."""
    lost = {effect.holder.pk: effect.lost for effect in effects if effect.lost}
    lost_by = {effect.holder.user_id: effect.lost for effect in members if effect.lost}
    if not lost and not lost_by:
        return 0
    tokens = apps.get_model(settings.OAUTH2_PROVIDER_ACCESS_TOKEN_MODEL).objects
    alive = tokens.filter(expires__gt=timezone.now(), authorization__revoked_at=None)
    theirs = alive.filter(Q(application_id__in=lost) | Q(user_id__in=lost_by))
    # Few different scope strings are in use at a time, so the database counts and we compare.
    kinds = theirs.order_by().values_list("application_id", "user_id", "scope").annotate(count=Count("pk"))
    nothing: Scopes = frozenset()
    return sum(
        count
        for consumer, user, scope, count in kinds
        if parse(scope) & (lost.get(consumer, nothing) | lost_by.get(user, nothing))
    )


def apps_of(members: Iterable[Effect[Membership]]) -> int:
    """How many live authorizations hold what the person they are of loses, and the app may still get."""
    lost = {effect.holder.user_id: effect.lost for effect in members if effect.lost}
    if not lost:
        return 0
    live = apps.get_model("authorizations", "Authorization").objects.live().filter(user_id__in=lost)
    found = live.values_list("user_id", "scopes", "consumer__ceiling")
    return sum(bool(lost[user].intersection(scopes).intersection(most)) for user, scopes, most in found)
