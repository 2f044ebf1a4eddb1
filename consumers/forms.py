"""The forms of OAuth consumers: shape and wording only. What they ask for is done by consumers.registration."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import User
from accounts.widgets import ChipsSelect
from consumers import entrusting
from consumers.models import Consumer, ConsumerSecret
from permissions.models import PermissionGroup
from tenants.models import Tenant
from tenants.text import validate_visible

SHORTEST_SECONDS = 900
LONGEST_SECONDS = 7200
LONGEST_EXPIRY = timedelta(days=3653)

type Choices = list[tuple[str, Any]]


class GroupsField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    def __init__(self) -> None:
        super().__init__(
            None,  # filled by the form: outside a company there is nothing to choose from
            label=_("Permission groups"),
            help_text=_("What the consumer may ask for: everything its groups allow, and never more."),
            widget=ChipsSelect(none_text=_("No permission selected")),
            error_messages={
                "required": _("No permission selected"),
                "invalid_choice": _("Choose permission groups of this company."),
                "invalid_pk_value": _("Choose permission groups of this company."),
            },
        )


class ConsumerForm(forms.Form):
    """Making a consumer, and changing one when `consumer` is given."""

    grant_type = forms.ChoiceField(
        label=_("Grant type"),
        choices=[("", _("Choose…")), *Consumer.GRANT_NAMES.items()],
        error_messages={
            "required": _("Grant type can't be blank"),
            "invalid_choice": _("Choose a grant type from the list."),
        },
    )
    name = forms.CharField(
        label=_("Name"),
        max_length=80,
        validators=[validate_visible],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Name can't be blank")},
    )
    description = forms.CharField(
        label=_("Description"),
        max_length=240,
        required=False,
        validators=[validate_visible],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    groups = GroupsField()
    token_format = forms.ChoiceField(
        label=_("Token format"),
        choices=[
            (Consumer.TokenFormat.OPAQUE, _("Opaque: stops working the moment access is cut off")),
            (Consumer.TokenFormat.JWT, _("JWT: can be checked without asking Gatehouse, until it expires")),
        ],
        initial=Consumer.TokenFormat.OPAQUE,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": _("Choose a token format from the list.")},
    )
    access_token_seconds = forms.IntegerField(label=_("Access token lifetime, in seconds"), required=False)
    token_endpoint_auth_method = forms.ChoiceField(
        label=_("Client authentication"),
        choices=Consumer.AuthMethod.choices,
        required=False,
        help_text=_("How the consumer sends its key and secret. Pin it when you know what the system does."),
        error_messages={"invalid_choice": _("Choose a way to authenticate from the list.")},
    )
    default_scopes = forms.MultipleChoiceField(
        label=_("Default scopes"),
        required=False,
        help_text=_("What a request that names no scope gets."),
        widget=ChipsSelect(none_text=_("Everything the permission groups allow")),
        error_messages={"invalid_choice": _("Choose scopes that the permission groups allow.")},
    )

    ADVANCED = ("token_format", "access_token_seconds", "token_endpoint_auth_method", "default_scopes")

    def __init__(
        self, *args: Any, tenant: Tenant, consumer: Consumer | None = None, changes_groups: bool = True, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.tenant, self.consumer = tenant, consumer
        self._limit_lifetime()
        if consumer is None:
            # Which scopes there are to choose from follows from the groups, once they are saved.
            del self.fields["default_scopes"]
        else:
            del self.fields["grant_type"]
        if changes_groups:
            self.fields["groups"].queryset = PermissionGroup.objects.all()  # type: ignore[attr-defined]
        else:
            del self.fields["groups"]
        if consumer is not None:
            self._start_from(consumer)

    def _limit_lifetime(self) -> None:
        field = self.fields["access_token_seconds"]
        longest = min(LONGEST_SECONDS, self.tenant.access_token_seconds)
        limits = {"shortest": SHORTEST_SECONDS, "longest": longest}
        sentence = _("Between %(shortest)s and %(longest)s seconds.") % limits
        field.min_value, field.max_value = SHORTEST_SECONDS, longest  # type: ignore[attr-defined]
        field.widget.attrs.update(min=SHORTEST_SECONDS, max=longest, placeholder=str(longest))
        field.help_text = _("%(limits)s Empty: the company's own, %(longest)s.") % {"limits": sentence, **limits}
        field.error_messages["invalid"] = sentence

        def within(value: int) -> None:
            if not SHORTEST_SECONDS <= value <= longest:
                raise ValidationError(sentence)

        field.validators = [within]

    def _start_from(self, consumer: Consumer) -> None:
        self.held = list(consumer.groups.all())
        allowed = {scope for group in self.held for scope in group.scopes} | set(consumer.default_scopes)
        if self.is_bound and "groups" in self.fields:
            allowed |= {scope for group in PermissionGroup.objects.all() for scope in group.scopes}
        self.fields["default_scopes"].choices = [(scope, scope) for scope in sorted(allowed)]  # type: ignore[attr-defined]
        self.initial = {
            "name": consumer.name,
            "description": consumer.description,
            "groups": [group.pk for group in self.held],
            "token_format": consumer.token_format,
            "access_token_seconds": consumer.access_token_seconds,
            "token_endpoint_auth_method": consumer.token_endpoint_auth_method,
            "default_scopes": consumer.default_scopes,
        }

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        others = Consumer.objects.present().filter(name=name)
        if self.consumer is not None:
            others = others.exclude(pk=self.consumer.pk)
        if others.exists():
            raise ValidationError(name_taken())
        return name

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = self.cleaned_data
        groups = cleaned.get("groups", self.held if self.consumer and "groups" not in self.fields else None)
        if self.consumer and groups is not None:
            allowed = {scope for group in groups for scope in group.scopes}
            beyond = sorted(set(cleaned.get("default_scopes", ())) - allowed)
            if beyond:
                sentence = ngettext(
                    "The permission groups don't allow %(scopes)s.",
                    "The permission groups don't allow these: %(scopes)s.",
                    len(beyond),
                )
                self.add_error("default_scopes", sentence % {"scopes": ", ".join(beyond)})
        return cleaned

    def advanced(self) -> list[forms.BoundField]:
        return [self[name] for name in self.ADVANCED if name in self.fields]

    def has_advanced_errors(self) -> bool:
        return any(name in self.errors for name in self.ADVANCED)


class SecretForm(forms.Form):
    name = forms.CharField(
        label=_("Name"),
        max_length=80,
        validators=[validate_visible],
        help_text=_("Where it is used, such as “production” or “nightly job”."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Name can't be blank")},
    )
    expires_on = forms.DateField(
        label=_("Works until"),
        required=False,
        help_text=_("The last day it works. Empty: until it is retired."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
        error_messages={"invalid": _("Enter a day as year-month-day.")},
    )

    def __init__(self, *args: Any, consumer: Consumer, tenant: Tenant, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.consumer, self.zone = consumer, ZoneInfo(tenant.time_zone)
        self.fields["expires_on"].widget.attrs["min"] = self._today().isoformat()

    def _today(self) -> date:
        return timezone.now().astimezone(self.zone).date()

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if ConsumerSecret.objects.filter(consumer=self.consumer, name=name, retired_at=None).exists():
            raise ValidationError(_("This consumer has a secret of this name already."))
        return name

    def clean_expires_on(self) -> date | None:
        day: date | None = self.cleaned_data["expires_on"]
        if day and not self._today() <= day <= self._today() + LONGEST_EXPIRY:
            raise ValidationError(_("Choose a day between today and ten years from now."))
        return day

    @property
    def expires_at(self) -> datetime | None:
        """The end of the chosen day where the company is."""
        day: date | None = self.cleaned_data["expires_on"]
        if day is None:
            return None
        return datetime.combine(day + timedelta(days=1), time.min, self.zone).astimezone(UTC)


class ManagerForm(forms.Form):
    """Giving a consumer to a developer."""

    person = forms.ChoiceField(
        label=_("Developer"),
        error_messages={
            "required": _("Developer can't be blank"),
            "invalid_choice": _("Choose a developer of this company."),
        },
    )

    def __init__(self, *args: Any, consumer: Consumer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people: dict[str, User] = {str(one.user_id): one.user for one in entrusting.candidates(consumer)}
        names = [(pk, f"{person.get_full_name()} · {person.email}") for pk, person in self.people.items()]
        self.fields["person"].choices = [("", _("Choose…")), *names]  # type: ignore[attr-defined]

    @property
    def user(self) -> User:
        return self.people[self.cleaned_data["person"]]


def name_taken() -> Any:
    return _("Another OAuth consumer of this company has this name.")
