"""What narrows the list of OAuth consumers."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from consumers.models import Consumer

STATES = [("active", _("Active")), ("suspended", _("Suspended")), ("revoked", pgettext_lazy("consumer", "Revoked"))]


class ConsumerFilter(django_filters.FilterSet):  # type: ignore[misc]
    q = django_filters.CharFilter(label=_("Search"), method="search")
    grant_type = django_filters.ChoiceFilter(
        label=_("Grant type"),
        field_name="authorization_grant_type",
        choices=list(Consumer.GRANT_NAMES.items()),
        empty_label=_("Any"),
    )
    state = django_filters.ChoiceFilter(label=_("State"), choices=STATES, method="in_state", empty_label=_("Any"))

    def search(self, queryset: QuerySet[Consumer], name: str, value: str) -> QuerySet[Consumer]:
        return queryset.filter(
            Q(name__icontains=value) | Q(description__icontains=value) | Q(client_id__icontains=value)
        )

    def in_state(self, queryset: QuerySet[Consumer], name: str, value: str) -> QuerySet[Consumer]:
        if value == "suspended":
            return queryset.exclude(suspended_at=None)
        return queryset.filter(suspended_at=None, is_authorized=value == "active")

    @property
    def narrows(self) -> bool:
        """Whether anything was asked, so that an empty list says "nothing matches"."""
        asked: dict[str, Any] = self.form.cleaned_data if self.form.is_valid() else {}
        return any(asked.values())
