"""What revoking a selection of authorizations stops, for the question that is asked before."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Self

from django.db.models import Count, Max, Q, Value
from django.db.models.functions import Least

from authorizations import sign_ins
from authorizations.models.authorization import AuthorizationQuerySet
from consumers.models import Consumer
from tenants.models import Tenant
from tenants.text import harmless

NAMES_SHOWN = 8


@dataclass(frozen=True)
class Toll:
    """`machines` are those of them that act for nobody, `sign_ins` the families that apps of people use now;
    `signed_minutes`: how long a signed token that an API checks by itself can still work; 0 when none can."""

    authorizations: int
    consumers: int
    people: int
    names: list[str]
    signed_minutes: int
    machines: int = 0
    sign_ins: int = 0
    people_names: tuple[str, ...] = ()

    @classmethod
    def of(cls, selection: AuthorizationQuerySet, tenant: Tenant) -> Self:
        live = selection.live().order_by()
        signed = Q(consumer__token_format=Consumer.TokenFormat.JWT)
        # As the wire has it; Least passes over null.
        lifetime = Least("consumer__access_token_seconds", Value(tenant.access_token_seconds))
        sums = live.aggregate(
            authorizations=Count("pk"),
            consumers=Count("consumer", distinct=True),
            people=Count("user", distinct=True),
            machines=Count("pk", filter=Q(user=None)),
            seconds=Max(lifetime, filter=signed),
        )
        names = live.values_list("consumer__name", flat=True).distinct().order_by("consumer__name")
        people = live.exclude(user=None).values_list("user__full_name", "user__email").distinct()
        return cls(
            authorizations=sums["authorizations"],
            consumers=sums["consumers"],
            people=sums["people"],
            names=list(map(harmless, names[:NAMES_SHOWN])),
            signed_minutes=ceil((sums["seconds"] or 0) / 60),
            machines=sums["machines"],
            sign_ins=sign_ins.under(live.values("pk")).count(),
            people_names=tuple(
                harmless(name or email) for name, email in people.order_by("user__full_name")[:NAMES_SHOWN]
            ),
        )

    @property
    def unnamed(self) -> int:
        return self.consumers - len(self.names)

    @property
    def unnamed_people(self) -> int:
        return self.people - len(self.people_names)
