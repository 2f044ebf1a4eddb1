"""The list of OAuth consumers, on the page and as CSV."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

import django_tables2 as tables
from django.db.models import F, QuerySet
from django.db.models.functions import Lower
from django.urls import reverse, reverse_lazy
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from consumers.models import Consumer
from tenants.lists import BulkAction, CopyColumn, Empty, SelectColumn, Table, TimeColumn, badge_of, chip_row


class ConsumerTable(Table):
    """For those who look."""

    caption = _("OAuth consumers")
    empty: ClassVar[Empty] = {
        "icon": "plug",
        "title": _("No OAuth consumer yet"),
        "text": _("Consumers appear here when a super administrator adds them."),
    }
    name = tables.Column(verbose_name=_("Name"))
    key = CopyColumn(verbose_name=_("Key"), accessor="client_id", orderable=False)
    secret = tables.Column(
        verbose_name=_("Secret"), accessor="last_four", orderable=False, exclude_from_export=True, empty_values=()
    )
    grant_type = tables.Column(
        verbose_name=_("Grant type"), accessor="grant_name", order_by=("authorization_grant_type", "pk")
    )
    groups = tables.Column(verbose_name=_("Permission groups"), accessor="group_names", orderable=False)
    state = tables.Column(verbose_name=_("State"), order_by=("suspended_at", "is_authorized", "pk"))
    last_accessed = TimeColumn(
        verbose_name=_("Last accessed"), accessor="last_accessed_at", address="last_accessed_address"
    )
    created = TimeColumn(verbose_name=_("Created"))

    class Meta(Table.Meta):
        order_by = ("-created",)

    def order_name(self, queryset: QuerySet[Consumer], is_descending: bool) -> tuple[QuerySet[Consumer], bool]:
        name = Lower("name")
        return queryset.order_by(name.desc() if is_descending else name.asc(), "pk"), True

    def order_last_accessed(self, queryset: QuerySet[Consumer], is_descending: bool) -> tuple[QuerySet[Consumer], bool]:
        moment = F("last_accessed_at")
        order = moment.desc(nulls_last=True) if is_descending else moment.asc(nulls_first=True)
        return queryset.order_by(order, "pk"), True

    def render_name(self, record: Consumer) -> SafeString:
        address = reverse("consumers:detail", args=[record.pk])
        return format_html('<a href="{}" data-drawer><bdi>{}</bdi></a>', address, record)

    def render_secret(self, record: Consumer, value: str | None) -> SafeString:
        return no_secret() if record.is_public else masked(value)

    def render_groups(self, value: list[str]) -> SafeString:
        return chip_row(value)

    def render_state(self, record: Consumer) -> SafeString:
        return badge_of(**badge(record))

    def value_name(self, value: str) -> str:
        return value

    def value_groups(self, value: list[str]) -> str:
        return ", ".join(value)

    def value_state(self, record: Consumer) -> str:
        return str(badge(record)["label"])

    def value_created(self, value: datetime) -> str:
        return value.isoformat()


class ChangeableConsumerTable(ConsumerTable):
    """For those who may also suspend, resume and delete."""

    select = SelectColumn()
    empty: ClassVar[Empty] = {
        "icon": "plug",
        "title": _("No OAuth consumer yet"),
        "text": _("Connect the first third-party system: it gets its own key and secret."),
        "url": reverse_lazy("consumers:create"),
        "label": _("New OAuth consumer"),
    }
    bulk_actions: tuple[BulkAction, ...] = (
        {"label": _("Suspend"), "icon": "pause", "url": reverse_lazy("consumers:suspend")},
        {"label": _("Resume"), "icon": "play", "url": reverse_lazy("consumers:resume")},
        {"label": _("Delete"), "icon": "trash-2", "kind": "danger", "url": reverse_lazy("consumers:delete")},
    )

    class Meta(ConsumerTable.Meta):
        sequence = ("select", "...")


def badge(consumer: Consumer) -> dict[str, Any]:
    """The state in a word. `is_authorized` comes from ConsumerQuerySet.with_authorized."""
    if consumer.suspended_at:
        return {"label": gettext("Suspended"), "kind": "warn"}
    if not consumer.is_authorized:
        return {"label": pgettext("consumer", "Revoked"), "kind": "bad"}
    return {"label": gettext("Active"), "kind": "good"}


def no_secret() -> SafeString:
    """Of a public app, which is no reason to worry."""
    return format_html('<span class="soft nowrap">{}</span>', gettext("No secret"))


def masked(last_four: str | None) -> SafeString:
    if not last_four:
        return format_html('<span class="soft">{}</span>', gettext("None"))
    spoken = gettext("Secret ending in %(last_four)s") % {"last_four": last_four}
    return format_html('<span class="mono nowrap" role="img" aria-label="{}">••••{}</span>', spoken, last_four)
