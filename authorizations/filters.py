"""Search and filter of the App authorizations list, the same for the page, its CSV and "revoke all that match"."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

import django_filters
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from authorizations.models import Authorization
from authorizations.models.authorization import AuthorizationQuerySet
from consumers.models import Consumer

EXPIRED, REVOKED, ANY = "expired", "revoked", "any"
STATES = [
    (EXPIRED, pgettext_lazy("authorization", "Expired")),
    (REVOKED, _("Revoked")),
    (ANY, pgettext_lazy("state", "Any")),
]
NEVER = "never"
RECENT = {"day": timedelta(days=1), "month": timedelta(days=30)}
QUIET = {"quiet-month": timedelta(days=30), "quiet-quarter": timedelta(days=90)}
USES = [
    (NEVER, _("Never")),
    ("day", _("In the last 24 hours")),
    ("month", _("In the last 30 days")),
    ("quiet-month", _("Not in the last 30 days")),
    ("quiet-quarter", _("Not in the last 90 days")),
]


class AuthorizationFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Without a state in the URL the list holds what is live: what has access now."""

    q = django_filters.CharFilter(method="search", max_length=200)
    state = django_filters.ChoiceFilter(
        label=_("State"), choices=STATES, empty_label=pgettext_lazy("state", "Live"), method="in_state"
    )
    consumer = django_filters.CharFilter(
        label=_("OAuth consumer"), help_text=_("Its name or key."), max_length=255, method="of_consumer"
    )
    user = django_filters.CharFilter(
        label=_("User"), help_text=_("Their name or e-mail address."), max_length=254, method="of_user"
    )
    grant_type = django_filters.ChoiceFilter(
        label=_("Grant type"),
        choices=list(Consumer.GRANT_NAMES.items()),
        empty_label=_("Any grant type"),
        field_name="consumer__authorization_grant_type",
    )
    used = django_filters.ChoiceFilter(
        label=_("Last accessed"), choices=USES, empty_label=_("Any time"), method="used_when"
    )

    class Meta:
        model = Authorization
        fields: ClassVar[list[str]] = []

    def filter_queryset(self, queryset: AuthorizationQuerySet) -> Any:
        found = super().filter_queryset(queryset)
        return found if self.form.cleaned_data.get("state") else found.live()

    def search(self, queryset: AuthorizationQuerySet, name: str, value: str) -> AuthorizationQuerySet:
        return queryset.filter(
            Q(consumer__name__icontains=value)
            | Q(consumer__description__icontains=value)
            | Q(consumer__client_id=value)
            | Q(user__full_name__icontains=value)
            | Q(user__email__icontains=value)
        )

    def in_state(self, queryset: AuthorizationQuerySet, name: str, value: str) -> AuthorizationQuerySet:
        match value:
            case "expired":
                return queryset.expired()
            case "revoked":
                return queryset.revoked()
            case _:
                return queryset

    def of_consumer(self, queryset: AuthorizationQuerySet, name: str, value: str) -> AuthorizationQuerySet:
        return queryset.filter(Q(consumer__client_id=value) | Q(consumer__name__icontains=value))

    def of_user(self, queryset: AuthorizationQuerySet, name: str, value: str) -> AuthorizationQuerySet:
        return queryset.filter(Q(user__email__iexact=value) | Q(user__full_name__icontains=value))

    def used_when(self, queryset: AuthorizationQuerySet, name: str, value: str) -> AuthorizationQuerySet:
        if value == NEVER:
            return queryset.filter(last_accessed_at=None)
        if value in RECENT:
            return queryset.filter(last_accessed_at__gte=timezone.now() - RECENT[value])
        return queryset.exclude(last_accessed_at__gte=timezone.now() - QUIET[value])

    @property
    def narrows(self) -> bool:
        """Whether anything but the usual view was asked for."""
        return bool(self.form.changed_data)

    @property
    def shows_states(self) -> bool:
        return bool(self.form.cleaned_data.get("state")) if self.form.is_valid() else False
