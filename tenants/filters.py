"""What Members and the Transactions log can be narrowed by."""

from __future__ import annotations

import html
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import django_filters
from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Case, CharField, F, Q, QuerySet, Value, When
from django.db.models.functions import NullIf
from django.forms.renderers import BaseRenderer
from django.forms.utils import flatatt
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from tenants.context import current_tenant
from tenants.models import AuditEvent, Membership
from tenants.verbs import KINDS, SENTENCES

STATES = [("active", _("Active")), ("invited", _("Invited")), ("suspended", _("Suspended"))]
# What a member may be known by: before they join, only what was typed when they were invited.
SHOWN_NAME = Case(
    When(joined_at=None, then=F("invited_name")),
    default=NullIf(F("user__full_name"), Value("")),
    output_field=CharField(),
)

SELECTED = " selected"
# Days the database and a time zone can be reckoned with.
ANY_DAY = [MinValueValidator(date(2000, 1, 1)), MaxValueValidator(date(2999, 12, 31))]


class Day(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class LongSelect(forms.Select):
    """A choice among many, whose options are put together here: Django renders a template for each."""

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: BaseRenderer | None = None
    ) -> SafeString:
        chosen = set(self.format_value(value))
        options = mark_safe(  # noqa: S308 (escaped)
            "".join(
                f'<option value="{html.escape(str(key))}"{SELECTED if str(key) in chosen else ""}>'
                f"{html.escape(str(label))}</option>\n"
                for key, label in self.choices
            )
        )
        given = self.build_attrs(self.attrs, {**(attrs or {}), "name": name})
        return format_html("<select{}>{}</select>", flatatt(given), options)


class MemberFilter(django_filters.FilterSet):  # type: ignore[misc]
    q = django_filters.CharFilter(method="search", label=_("Search"))
    role = django_filters.ChoiceFilter(choices=Membership.Role.choices, label=_("Role"), empty_label=_("Any"))
    state = django_filters.ChoiceFilter(choices=STATES, method="in_state", label=_("State"), empty_label=_("Any"))

    class Meta:
        model = Membership
        fields: list[str] = []

    def search(self, queryset: QuerySet[Membership], name: str, value: str) -> QuerySet[Membership]:
        return queryset.filter(Q(shown_name__icontains=value) | Q(user__email__icontains=value))

    def in_state(self, queryset: QuerySet[Membership], name: str, value: str) -> QuerySet[Membership]:
        match value:
            case "suspended":
                return queryset.exclude(suspended_at=None)
            case "invited":
                return queryset.filter(suspended_at=None, joined_at=None)
            case _:
                return queryset.filter(suspended_at=None, joined_at__isnull=False)


class TransactionFilter(django_filters.FilterSet):  # type: ignore[misc]
    q = django_filters.CharFilter(method="search", label=_("Search"))
    person = django_filters.ChoiceFilter(
        field_name="actor_id", label=_("Who"), empty_label=_("Anybody"), widget=LongSelect()
    )
    verb = django_filters.ChoiceFilter(label=_("What"), empty_label=_("Anything"))
    kind = django_filters.ChoiceFilter(
        field_name="object_type", choices=list(KINDS.items()), label=_("Kind"), empty_label=_("Any")
    )
    since = django_filters.DateFilter(method="from_day", label=_("From"), widget=Day(), validators=ANY_DAY)
    until = django_filters.DateFilter(method="until_day", label=_("Until"), widget=Day(), validators=ANY_DAY)

    class Meta:
        model = AuditEvent
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["person"].extra["choices"] = cache(_people)
        self.filters["verb"].extra["choices"] = [
            (verb, str(sentence) % {"name": "…"}) for verb, sentence in SENTENCES.items()
        ]

    def search(self, queryset: QuerySet[AuditEvent], name: str, value: str) -> QuerySet[AuditEvent]:
        return queryset.filter(
            Q(object_name__icontains=value) | Q(actor_name__icontains=value) | Q(address__startswith=value)
        )

    def from_day(self, queryset: QuerySet[AuditEvent], name: str, value: date) -> QuerySet[AuditEvent]:
        return queryset.filter(at__gte=_midnight(value))

    def until_day(self, queryset: QuerySet[AuditEvent], name: str, value: date) -> QuerySet[AuditEvent]:
        return queryset.filter(at__lt=_midnight(value) + timedelta(days=1))


def _people() -> list[tuple[int, str]]:
    """Everybody who belongs to the company now. Who left is found by searching their name."""
    found = Membership.objects.filter(joined_at__isnull=False).order_by("user__full_name")
    people = found.values_list("user_id", "user__full_name", "user__email")
    return [(user_id, full_name or email) for user_id, full_name, email in people]


def _midnight(day: date) -> datetime:
    """In the company's time zone: the days of its people."""
    return datetime.combine(day, time.min, ZoneInfo(current_tenant().time_zone))
