"""The App authorizations list: its columns, in the page and in the CSV."""

from __future__ import annotations

from typing import Any, ClassVar

import django_tables2 as tables
from django.db.models import F, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse, reverse_lazy
from django.utils.functional import cached_property
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from authorizations.models import Authorization
from permissions.scopes import render
from tenants.lists import SLOT, BulkAction, Empty, SelectColumn, Table, TimeColumn, badge_of
from tenants.text import harmless

SCOPES_SHOWN = 1
LABEL_SLOT = "{label}"


class ScopesColumn(tables.Column):  # type: ignore[misc]
    """What the row allows now: the first, and the rest behind "+n"."""

    empty_values = ()

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(orderable=False, **kwargs)

    def render(self, record: Authorization) -> SafeString:
        scopes = sorted(record.effective_scopes)
        if not scopes:
            return format_html('<span class="soft">{}</span>', pgettext("scopes", "None"))
        shown, hidden = scopes[:SCOPES_SHOWN], scopes[SCOPES_SHOWN:]
        return format_html('<span class="chip-row">{}{}</span>', chips(shown), more(record, scopes, hidden))

    def value(self, record: Authorization) -> str:
        return render(record.effective_scopes)


def chips(scopes: list[str]) -> SafeString:
    return mark_safe("".join(f'<span class="chip plain">{escape(scope)}</span>' for scope in scopes))  # noqa: S308


def more(record: Authorization, scopes: list[str], hidden: list[str]) -> SafeString:
    if not hidden:
        return SafeString("")
    return format_html(
        '<button type="button" class="chip plain" popovertarget="scopes-{0}" title="{1}" aria-label="{2}">+{3}</button>'
        '<div id="scopes-{0}" class="menu panel" popover><span class="chip-row">{4}</span></div>',
        record.pk,
        ", ".join(hidden),
        gettext("Show all scopes of %(name)s") % {"name": record},
        len(hidden),
        chips(scopes),
    )


STATES = {
    "live": (_("Live"), "good"),
    "expired": (pgettext_lazy("authorization", "Expired"), "warn"),
    "revoked": (_("Revoked"), "bad"),
}


def state_badge(authorization: Authorization) -> SafeString:
    label, kind = STATES[authorization.state]
    return badge_of(str(label), kind)


class AuthorizationTable(Table):
    caption = _("App authorizations")
    empty: ClassVar[Empty] = {
        "icon": "key-round",
        "title": _("No app has access yet"),
        "text": _("An OAuth consumer gets its row here on the day it is made."),
        "url": reverse_lazy("consumers:list"),
        "label": _("OAuth consumers"),
    }
    more = "authorizations/revoke_matching.html"
    may_revoke = False

    select = SelectColumn()
    name = tables.Column(verbose_name=_("Name"), accessor="consumer__name", attrs={"td": {"data-fixed": ""}})
    description = tables.Column(verbose_name=_("Description"), accessor="consumer__description", default="")
    user = tables.Column(verbose_name=_("User"), order_by=("user__full_name", "user__email"), default="")
    scopes = ScopesColumn(verbose_name=_("Scopes"))
    last_accessed = TimeColumn(
        verbose_name=_("Last accessed"), accessor="last_accessed_at", address="last_accessed_address"
    )
    grant_type = tables.Column(
        verbose_name=_("Grant type"), accessor="consumer__grant_name", order_by="consumer__authorization_grant_type"
    )
    granted_on = TimeColumn(verbose_name=_("Granted on"), accessor="granted_at")
    expires = TimeColumn(verbose_name=_("Until"), accessor="expires_at", never=_("It is revoked"))
    state = tables.Column(verbose_name=_("State"), order_by=("revoked_at", "expires_at"))
    actions = tables.Column(
        empty_values=(),
        verbose_name="",
        orderable=False,
        exclude_from_export=True,
        attrs={"td": {"class": "row-actions"}},
    )

    class Meta(Table.Meta):
        order_by = ("-granted_on",)

    def __init__(self, rows: QuerySet[Authorization], *, may_revoke: bool, shows_states: bool) -> None:
        self.may_revoke = may_revoke
        self.bulk_actions: tuple[BulkAction, ...] = ()
        hidden = [] if shows_states else ["state"]
        if may_revoke:
            self.bulk_actions = (
                {"label": _("Revoke"), "icon": "ban", "kind": "danger", "url": reverse("authorizations:revoke")},
            )
        else:
            hidden += ["select", "actions"]
        super().__init__(rows, exclude=hidden)

    def order_last_accessed(
        self, rows: QuerySet[Authorization], is_descending: bool
    ) -> tuple[QuerySet[Authorization], bool]:
        """Never is the longest ago."""
        column = F("last_accessed_at")
        order = column.desc(nulls_last=True) if is_descending else column.asc(nulls_first=True)
        return rows.order_by(order, "pk"), True

    def render_name(self, record: Authorization) -> SafeString:
        return format_html(
            '<a class="primary" href="{}" data-drawer><bdi>{}</bdi></a>',
            reverse("authorizations:detail", args=[record.pk]),
            harmless(record.consumer.name),
        )

    def value_name(self, record: Authorization) -> str:
        return harmless(record.consumer.name)

    def render_user(self, value: Any) -> SafeString:
        return format_html('<bdi title="{}">{}</bdi>', value.email, harmless(str(value)))

    def value_user(self, value: Any) -> str:
        return harmless(str(value))

    def render_description(self, value: str) -> SafeString:
        return format_html("<bdi>{}</bdi>", harmless(value))

    def value_description(self, value: str) -> str:
        return harmless(value)

    def render_state(self, record: Authorization) -> SafeString:
        return state_badge(record)

    def value_state(self, record: Authorization) -> str:
        return record.state

    def render_actions(self, record: Authorization) -> SafeString | str:
        if not record.is_live:
            return ""
        address = reverse("authorizations:revoke-one", args=[record.pk])
        label = gettext("Revoke %(name)s") % {"name": harmless(str(record))}
        return mark_safe(  # noqa: S308 (escaped)
            self.revoke_button.replace(SLOT, escape(address)).replace(LABEL_SLOT, escape(label))
        )

    @cached_property
    def revoke_button(self) -> str:
        """The element, rendered once for all rows."""
        return render_to_string(
            "elements/icon_button.html", {"href": SLOT, "label": LABEL_SLOT, "icon": "ban", "modal": True}
        )
