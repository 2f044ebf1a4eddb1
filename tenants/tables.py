"""The lists of members and of transactions, on the page and as CSV."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

import django_tables2 as tables
from django.db.models import QuerySet
from django.db.models.functions import Lower
from django.urls import reverse, reverse_lazy
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from tenants import verbs
from tenants.filters import STATES
from tenants.lists import BulkAction, Empty, SelectColumn, Table, TimeColumn, badge_of, chip_row
from tenants.models import AuditEvent, Membership
from tenants.text import harmless

CHANGES: tuple[BulkAction, ...] = (
    {"label": _("Suspend"), "icon": "pause", "url": reverse_lazy("tenants:members-suspend")},
    {"label": _("Resume"), "icon": "play", "url": reverse_lazy("tenants:members-resume")},
    {"label": _("Remove"), "icon": "user-minus", "kind": "danger", "url": reverse_lazy("tenants:members-remove")},
)
STATE_KINDS = {"active": "good", "suspended": "warn", "invited": ""}


class MemberTable(Table):
    caption = _("Members")
    empty: ClassVar[Empty] = {"icon": "users", "title": _("No members yet")}
    select = SelectColumn()
    name = tables.Column(verbose_name=_("Name"))
    email = tables.Column(verbose_name=_("E-mail address"), accessor="user__email")
    role = tables.Column(verbose_name=_("Role"))
    groups = tables.Column(
        verbose_name=_("Permission groups"), accessor="group_names", orderable=False, empty_values=()
    )
    state = tables.Column(verbose_name=_("State"), order_by=("suspended_at", "joined_at", "pk"))
    joined_at = TimeColumn(verbose_name=_("Member since"), never="—")
    consumers = tables.Column(verbose_name=_("Consumers given"), accessor="consumers_given")

    class Meta(Table.Meta):
        order_by = ("name",)

    def __init__(self, rows: QuerySet[Membership], *, may_change: bool) -> None:
        super().__init__(rows, exclude=() if may_change else ("select",))
        self.bulk_actions: Sequence[BulkAction] = CHANGES if may_change else ()

    def order_name(self, queryset: QuerySet[Membership], is_descending: bool) -> tuple[QuerySet[Membership], bool]:
        name = Lower("shown_name")
        ordered = name.desc(nulls_last=True) if is_descending else name.asc(nulls_last=True)
        return queryset.order_by(ordered, "user__email"), True

    def render_name(self, record: Membership) -> SafeString:
        return format_html(
            '<a class="primary" href="{}" data-drawer><bdi>{}</bdi></a>',
            reverse("permissions:member", args=[record.pk]),
            harmless(record.name),
        )

    def value_name(self, record: Membership) -> str:
        return record.name

    def render_role(self, record: Membership) -> str:
        return record.get_role_display()

    def render_groups(self, value: list[str], record: Membership) -> SafeString:
        if record.is_super_admin:
            return format_html('<span class="soft">{}</span>', gettext("May do everything"))
        return chip_row(map(harmless, value))

    def value_groups(self, value: list[str]) -> str:
        return ", ".join(map(harmless, value))

    def render_state(self, record: Membership) -> SafeString:
        state = badge(record)
        return badge_of(str(state["label"]), state["kind"])

    def value_state(self, record: Membership) -> str:
        return str(badge(record)["label"])


class TransactionTable(Table):
    """Newest first. `Who` is a name as it was then: people go, the log stays."""

    caption = _("Transactions log")
    empty: ClassVar[Empty] = {
        "icon": "scroll-text",
        "title": _("Nothing happened yet"),
        "text": _("Every change in this company is written here, and nobody can change what is written."),
    }
    at = TimeColumn(verbose_name=_("When"), order_by="sequence")
    actor_name = tables.Column(verbose_name=_("Who"), orderable=False, empty_values=())
    verb = tables.Column(verbose_name=_("What happened"), orderable=False)
    address = tables.Column(verbose_name=pgettext_lazy("address", "From"), orderable=False, default="—")
    code = tables.Column(verbose_name=_("Code"), accessor="verb", visible=False)
    kind = tables.Column(verbose_name=_("Kind"), accessor="object_type", visible=False, empty_values=())
    object_id = tables.Column(verbose_name=_("Number"), visible=False)
    changes = tables.Column(verbose_name=_("Changes"), accessor="pk", visible=False)
    request_id = tables.Column(verbose_name=_("Request"), visible=False)

    class Meta(Table.Meta):
        order_by = ("-at",)

    def render_actor_name(self, record: AuditEvent) -> SafeString:
        return format_html("<bdi>{}</bdi>", who(record))

    def value_actor_name(self, record: AuditEvent) -> str:
        return who(record)

    def render_verb(self, record: AuditEvent) -> SafeString:
        return format_html(
            '<a class="primary" href="{}" data-drawer><bdi>{}</bdi></a>',
            reverse("tenants:transaction", args=[record.sequence]),
            verbs.sentence(record),
        )

    def value_verb(self, record: AuditEvent) -> str:
        return verbs.sentence(record)

    def value_kind(self, record: AuditEvent) -> str:
        return str(verbs.kind(record))

    def value_changes(self, record: AuditEvent) -> str:
        return verbs.in_one_line(record)

    def value_at(self, value: datetime) -> str:
        return value.isoformat()


def badge(membership: Membership) -> dict[str, Any]:
    return {"label": dict(STATES)[membership.state], "kind": STATE_KINDS[membership.state]}


def who(event: AuditEvent) -> str:
    return harmless(event.actor_name) or gettext("Somebody not signed in")
