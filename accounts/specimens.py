"""Made-up data for the elements page: every element in the states it has."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

import django_tables2 as tables
from django import forms
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString

from accounts.widgets import ChipsSelect
from tenants.lists import BulkAction, CopyColumn, Empty, SelectColumn, Table, TimeColumn, configure

GROUPS = [(str(number), name) for number, name in enumerate(["Read everything", "Maintenance desk", "Stock keeper"], 1)]


@dataclass
class Specimen:
    pk: int
    name: str
    key: str
    state: str
    groups: list[str]
    accessed: datetime | None
    address: str = ""

    def __str__(self) -> str:
        return self.name


class SpecimenTable(Table):
    caption = "OAuth consumers"
    empty: ClassVar[Empty] = {
        "icon": "plug",
        "title": "No consumer yet",
        "text": "Connect the first third-party system.",
        "url": "#",
        "label": "New OAuth consumer",
    }
    bulk_actions: tuple[BulkAction, ...] = (
        {"label": "Suspend", "icon": "pause", "url": "/elements/question/"},
        {"label": "Delete", "icon": "trash-2", "kind": "danger", "url": "/elements/question/"},
    )
    select = SelectColumn()
    name = tables.Column(linkify=lambda: "/elements/drawer/", attrs={"a": {"data-drawer": ""}})
    key = CopyColumn()
    state = tables.Column()
    groups = tables.Column(verbose_name="Permission groups", orderable=False)
    accessed = TimeColumn(verbose_name="Last accessed", address="address")

    def render_state(self, value: str) -> str:
        return render_to_string(
            "elements/badge.html", {"label": value.capitalize(), "kind": "good" if value == "active" else "warn"}
        )

    def render_groups(self, value: list[str]) -> SafeString:
        return SafeString(render_to_string("elements/chip_row.html", {"labels": value}))


class SpecimenForm(forms.Form):
    name = forms.CharField(help_text="Shown to everybody who sees the consumer.")
    kind = forms.ChoiceField(label="Grant type", choices=[("", "Choose…"), ("cc", "Client credentials")])
    description = forms.CharField(widget=forms.Textarea, required=False)
    groups = forms.MultipleChoiceField(
        label="Permission groups", choices=GROUPS, widget=ChipsSelect(none_text="No permission selected")
    )
    formats = forms.ChoiceField(
        label="Token format", choices=[("opaque", "Opaque"), ("jwt", "JWT")], widget=forms.RadioSelect
    )
    read_only = forms.BooleanField(label="Read-only", required=False, help_text="Nothing can be changed with it.")


class FilterForm(forms.Form):
    state = forms.ChoiceField(choices=[("", "Any"), ("active", "Active"), ("suspended", "Suspended")], required=False)


@dataclass
class Filter:
    form: forms.Form


def context(request: HttpRequest) -> dict[str, Any]:
    now = timezone.now()
    rows = [
        Specimen(
            1,
            "Ledger sync",
            "ck_7YbN2mQe4TzVhX9R",
            "active",
            ["Read everything"],
            now - timedelta(minutes=3),
            "203.0.113.7",
        ),
        Specimen(
            2,
            "Sensor gateway",
            "ck_Lw0PzKc83JfUaB6D",
            "suspended",
            ["Stock keeper", "Maintenance desk"],
            now - timedelta(days=12),
            "2001:db8::14",
        ),
        Specimen(3, "Report mailer", "ck_g5RtXo1MvEyNq2Ws", "active", ["Read everything"], None),
    ]
    wrong = SpecimenForm(
        {"name": "", "groups": ["1", "2"], "description": "What was typed is kept."}, auto_id="wrong_%s"
    )
    return {
        "table": configure(request, SpecimenTable(rows)),
        "no_rows": configure(request, SpecimenTable([])),
        "filter": Filter(FilterForm(request.GET)),
        "form": SpecimenForm(auto_id="specimen_%s"),
        "wrong": wrong,
        "now": now,
        "earlier": now - timedelta(hours=5),
        "tabs": [
            {"label": "OAuth consumers", "url": "#", "current": True},
            {"label": "App authorizations", "url": "#", "current": False},
        ],
        "menu": [
            {"label": "Edit", "url": "#", "icon": "pencil"},
            {"label": "Delete", "url": "#", "icon": "trash-2", "kind": "danger"},
        ],
        "facts": [
            {"label": "Issuer", "value": "https://gatehouse.example/t/acme", "copyable": True},
            {"label": "Time zone", "value": "Europe/Lisbon"},
        ],
        "curl": 'curl -u "$KEY:$SECRET" \\\n  -d grant_type=client_credentials \\\n  https://gatehouse.example/t/acme/oauth/token',
        "python": "session = OAuth2Session(key, secret)\ntoken = session.fetch_token(url)",
        "javascript": 'const answer = await fetch(url, { method: "POST", body });\nconst token = await answer.json();',
    }
