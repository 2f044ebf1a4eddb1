"""The list of permission groups: its columns, and how it is searched and filtered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import django_filters as filters
import django_tables2 as tables
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Lower
from django.urls import reverse, reverse_lazy
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from permissions.catalogue import Entry
from permissions.models import Action, MemberGroup, PermissionGroup
from permissions.wording import summary
from tenants.lists import BulkAction, Empty, SelectColumn, Table, TimeColumn, badge_of

type Groups = QuerySet[PermissionGroup]

NAMED_CONSUMERS = 2
NAMED_MODULES = 3


def listed() -> Groups:
    ties: Any = PermissionGroup._meta.get_field("consumer_ties").related_model
    # In a query of its own: PostgreSQL's key is (tenant_id, id), so Django's GROUP BY id would not do.
    per_group = (
        ties.objects.filter(group=OuterRef("pk")).order_by().values("group").annotate(count=Count("*")).values("count")
    )
    present = ties.objects.filter(group=OuterRef("pk"), consumer__deleted_at=None).order_by("consumer__name")
    members = MemberGroup.objects.filter(group=OuterRef("pk")).order_by().values("group")
    found: Groups = PermissionGroup.objects.annotate(
        member_count=Coalesce(Subquery(members.annotate(count=Count("*")).values("count")), 0),
        consumer_count=Coalesce(Subquery(per_group), 0),
        consumer_names=ArraySubquery(present.values("consumer__name")),
    )
    return found


class GroupFilter(filters.FilterSet):  # type: ignore[misc]
    q = filters.CharFilter(label=_("Search"), method="search")
    module = filters.ChoiceFilter(label=_("Module"), method="in_module", empty_label=_("Any"))
    is_read_only = filters.ChoiceFilter(
        label=_("Changes"),
        choices=[("True", _("Read-only")), ("False", _("May change things"))],
        empty_label=_("Any"),
    )
    used = filters.ChoiceFilter(
        label=_("Used by"),
        method="by_use",
        choices=[("yes", _("In use")), ("no", _("Not in use"))],
        empty_label=_("Any"),
    )

    class Meta:
        model = PermissionGroup
        fields: ClassVar[list[str]] = []

    def __init__(self, *args: Any, entries: Sequence[Entry], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["module"].extra["choices"] = [(entry.slug, entry.name) for entry in entries]

    def search(self, groups: Groups, name: str, value: str) -> Groups:
        return groups.filter(Q(name__icontains=value) | Q(description__icontains=value))

    def in_module(self, groups: Groups, name: str, value: str) -> Groups:
        return groups.filter(scopes__overlap=[f"{value}:{action}" for action in Action.values])

    def by_use(self, groups: Groups, name: str, value: str) -> Groups:
        used = Q(consumer_count__gt=0) | Q(member_count__gt=0)
        return groups.filter(used if value == "yes" else ~used)

    @property
    def narrows(self) -> bool:
        """Whether anything was asked, so that an empty list says "nothing matches"."""
        asked: dict[str, Any] = self.form.cleaned_data if self.form.is_valid() else {}
        return any(asked.values())


class GroupTable(Table):
    """For those who look."""

    caption = _("Permission groups")
    empty: ClassVar[Empty] = {
        "icon": "shield-check",
        "title": _("No permission group yet"),
        "text": _("Permission groups appear here when a super administrator adds them."),
    }
    name = tables.Column()
    description = tables.Column(default="")
    is_read_only = tables.Column(verbose_name=_("Read-only"))
    allows = tables.Column(verbose_name=_("Allows"), accessor="scopes", orderable=False)
    consumers = tables.Column(verbose_name=_("OAuth consumers"), accessor="consumer_names")
    members = tables.Column(verbose_name=_("Members"), accessor="member_count")
    updated_at = TimeColumn()

    class Meta(Table.Meta):
        model = PermissionGroup
        fields = ("name", "description", "is_read_only", "allows", "consumers", "members", "updated_at")
        order_by = "name"

    def __init__(self, *args: Any, entries: Sequence[Entry], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.entries = entries

    def order_name(self, groups: Groups, is_descending: bool) -> tuple[Groups, bool]:
        name = Lower("name")
        return groups.order_by(name.desc() if is_descending else name.asc(), "pk"), True

    def order_consumers(self, groups: Groups, is_descending: bool) -> tuple[Groups, bool]:
        return groups.order_by("-consumer_count" if is_descending else "consumer_count", Lower("name"), "pk"), True

    def render_name(self, value: str, record: PermissionGroup) -> SafeString:
        address = reverse("permissions:group-detail", args=[record.pk])
        return format_html('<a href="{}" data-drawer><bdi>{}</bdi></a>', address, value)

    def value_name(self, value: str) -> str:
        return value

    def render_is_read_only(self, value: bool) -> str:
        return badge_of(gettext("Read-only"), plain=True) if value else ""

    def value_is_read_only(self, value: bool) -> str:
        return str(_("Read-only")) if value else ""

    def render_allows(self, value: list[str]) -> str:
        return summary(value, self.entries, most=NAMED_MODULES)

    def value_allows(self, value: list[str]) -> str:
        return summary(value, self.entries)

    def render_consumers(self, value: list[str]) -> str:
        more = len(value) - NAMED_CONSUMERS
        text = ", ".join(value[:NAMED_CONSUMERS])
        return format_html('{} <span class="soft">+{}</span>', text, more) if more > 0 else text

    def value_consumers(self, value: list[str]) -> str:
        return ", ".join(value)


class ChangeableGroupTable(GroupTable):
    """For those who may also delete."""

    select = SelectColumn()
    empty: ClassVar[Empty] = {
        "icon": "shield-check",
        "title": _("No permission group yet"),
        "text": _("A permission group says what OAuth consumers and members may do. Make one, then give it to them."),
        "url": reverse_lazy("permissions:group-create"),
        "label": _("New permission group"),
    }
    bulk_actions: tuple[BulkAction, ...] = (
        {"label": _("Delete"), "icon": "trash-2", "kind": "danger", "url": reverse_lazy("permissions:group-delete")},
    )

    class Meta(GroupTable.Meta):
        sequence = ("select", "...")
