"""What a change of permissions would take away, and from whom, worked out before it is made. Consumers live in
an upper layer: they are reached through what points at a group."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db.models import Count, QuerySet
from django.utils import timezone

from permissions.models import PermissionGroup
from permissions.scopes import Scopes, ceiling, parse
from tenants.context import current_tenant


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change means for one consumer."""

    consumer: Any
    lost: Scopes
    gained: Scopes
    left: Scopes


@dataclass(frozen=True, slots=True)
class Impact:
    effects: Sequence[Effect] = ()
    groups: Mapping[PermissionGroup, Scopes] = field(default_factory=dict)
    live_tokens: int = 0

    @property
    def losses(self) -> list[Effect]:
        return [effect for effect in self.effects if effect.lost]

    @property
    def gains(self) -> list[Effect]:
        return [effect for effect in self.effects if effect.gained]

    @property
    def takes_away(self) -> bool:
        return bool(self.losses or self.groups)

    @property
    def fingerprint(self) -> str:
        """Equal when the same is taken from the same: a person confirms exactly what they were shown."""
        consumers = [f"consumer {effect.consumer.pk} {' '.join(sorted(effect.lost))}" for effect in self.losses]
        groups = [f"group {group.pk} {' '.join(sorted(scopes))}" for group, scopes in self.groups.items()]
        return hashlib.sha256("\n".join(sorted(consumers + groups)).encode()).hexdigest()[:32]


def of_groups(scopes: Mapping[int, Iterable[str]]) -> Impact:
    """Of giving groups, by id, other scopes (none: of deleting them)."""
    modules = current_tenant().modules
    consumers = using(scopes).prefetch_related("groups")
    effects = [effect(consumer, scopes, modules_before=modules, modules_after=modules) for consumer in consumers]
    return judged(effects, {})


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
    consumers = using(changing).prefetch_related("groups")
    effects = [effect(consumer, {}, modules_before=before, modules_after=after) for consumer in consumers]
    return judged(effects, losing)


def using(groups: Iterable[int]) -> QuerySet[Any]:
    """The consumers that have one of these groups, by name."""
    consumers: Any = PermissionGroup._meta.get_field("consumers").related_model
    found: QuerySet[Any] = consumers.objects.present().filter(groups__in=list(groups)).distinct().order_by("name")
    return found


def effect(
    consumer: Any,
    scopes: Mapping[int, Iterable[str]],
    *,
    modules_before: Iterable[str],
    modules_after: Iterable[str],
) -> Effect:
    groups = list(consumer.groups.all())
    before = ceiling((group.scopes for group in groups), modules_before)
    after = ceiling((scopes.get(group.pk, group.scopes) for group in groups), modules_after)
    return Effect(consumer, lost=before - after, gained=after - before, left=after)


def judged(effects: Iterable[Effect], groups: Mapping[PermissionGroup, Scopes]) -> Impact:
    touched = [effect for effect in effects if effect.lost or effect.gained]
    return Impact(touched, groups, live_tokens(touched))


def live_tokens(effects: Iterable[Effect]) -> int:
    """How many opaque tokens, now in use, hold a scope that is lost. Signed ones are nobody's rows."""
    lost = {effect.consumer.pk: effect.lost for effect in effects if effect.lost}
    if not lost:
        return 0
    tokens = apps.get_model(settings.OAUTH2_PROVIDER_ACCESS_TOKEN_MODEL).objects
    alive = tokens.filter(application_id__in=lost, expires__gt=timezone.now(), authorization__revoked_at=None)
    # Few different scope strings are in use at a time, so the database counts and we compare.
    kinds = alive.order_by().values_list("application_id", "scope").annotate(count=Count("pk"))
    return sum(count for consumer, scope, count in kinds if parse(scope) & lost[consumer])
