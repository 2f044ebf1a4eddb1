"""Forms of General, Members, invitations and the Transactions log's filter: shape and wording only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.contrib.auth import get_user_model, password_validation
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from tenants.companies import AMENDABLE
from tenants.models import Membership, Tenant
from tenants.text import validate_visible

OUR_COLOUR = "#0f6a6e"  # --brand in static/gatehouse.css
TIME_ZONES = [(name, name) for name in sorted(available_timezones())]
LONGEST_SIGN_IN_DAYS = 366
SHORTEST_ACCESS_TOKEN, LONGEST_ACCESS_TOKEN = 900, 7200


class DaysField(forms.IntegerField):
    """Seconds, shown and typed as days: nobody thinks of a quarter of a year in seconds."""

    DAY = 86_400

    def __init__(self, **kwargs: Any) -> None:
        limits = [MinValueValidator(self.DAY), MaxValueValidator(LONGEST_SIGN_IN_DAYS * self.DAY)]
        wrong = _("Between 1 and 366 days.")
        for limit in limits:
            limit.message = wrong
        widget = forms.NumberInput(attrs={"min": 1, "max": LONGEST_SIGN_IN_DAYS})
        super().__init__(validators=limits, widget=widget, error_messages={"invalid": wrong}, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        # What was typed comes back as it was; what is stored may be less than a day.
        return max(1, round(value / self.DAY)) if isinstance(value, int) else value

    def to_python(self, value: Any) -> int | None:
        days = super().to_python(value)
        return None if days is None else days * self.DAY


class GeneralForm(forms.ModelForm):  # type: ignore[type-arg]
    language = forms.ChoiceField(
        label=_("Language"), choices=settings.LANGUAGES, help_text=_("For invitations and for people who join.")
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"), choices=[(name, name) for name in sorted(available_timezones())]
    )
    access_token_seconds = forms.IntegerField(
        label=_("Access token lifetime (seconds)"),
        help_text=_("Between 900 and 7200. Consumers without their own lifetime use it from the next token on."),
        validators=[MinValueValidator(SHORTEST_ACCESS_TOKEN), MaxValueValidator(LONGEST_ACCESS_TOKEN)],
        widget=forms.NumberInput(attrs={"min": SHORTEST_ACCESS_TOKEN, "max": LONGEST_ACCESS_TOKEN}),
    )

    refresh_idle_seconds = DaysField(
        label=_("Sign-out after inactivity (days)"),
        help_text=_("An app that somebody has not used for so long asks them to sign in again."),
    )
    refresh_absolute_seconds = DaysField(
        label=_("Sign in again after (days)"),
        help_text=_(
            "However much an app is used, it asks for a new sign-in after this time, 366 days at most. Apps can have "
            "shorter times of their own. Existing sign-ins keep the end they began with."
        ),
    )

    class Meta:
        model = Tenant
        fields = AMENDABLE
        labels = {"name": _("Name"), "colour": _("Colour")}
        help_texts = {"colour": _("Buttons and links take it, darkened or lightened until they are easy to read.")}
        widgets = {"colour": forms.TextInput(attrs={"type": "color"})}
        error_messages = {
            "name": {"required": _("Name can't be blank")},
            "colour": {"invalid": _("A colour is # and six digits, such as #0f6a6e.")},
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A browser's colour field can't be empty; left as it is, the company keeps having no colour of its own.
        if not self.instance.colour:
            self.initial["colour"] = OUR_COLOUR
        self.fields["name"].validators.append(validate_visible)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        idle, absolute = data.get("refresh_idle_seconds"), data.get("refresh_absolute_seconds")
        if idle and absolute and idle > absolute:
            self.add_error("refresh_idle_seconds", _("This can't be longer than until people sign in again."))
        return data

    def clean_colour(self) -> str:
        colour: str = self.cleaned_data["colour"].lower()
        return "" if colour == OUR_COLOUR else colour


ROLES = {
    Membership.Role.SUPER_ADMIN: _("Sees and changes everything in the company."),
    Membership.Role.DEVELOPER: _("Manages the OAuth consumers they were given, and sees nothing else."),
    Membership.Role.AUDITOR: _("Sees everything and changes nothing."),
    Membership.Role.MEMBER: _("Has an account in the company, without its settings."),
}


def roles() -> list[tuple[str, SafeString]]:
    """Each with what it may do, in one label."""
    return [
        (role.value, format_html('<span>{}<br><span class="help">{}</span></span>', role.label, sentence))
        for role, sentence in ROLES.items()
    ]


class RoleForm(forms.Form):
    role = forms.ChoiceField(
        label=_("Role"),
        choices=roles,
        widget=forms.RadioSelect,
        error_messages={"required": _("Role can't be blank")},
    )


class InvitationForm(RoleForm):
    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        error_messages={"required": _("E-mail address can't be blank")},
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    name = forms.CharField(
        label=_("Full name"),
        max_length=120,
        validators=[validate_visible],
        error_messages={"required": _("Full name can't be blank")},
    )
    field_order: Sequence[str] = ("email", "name", "role")


class FirstPasswordForm(forms.Form):
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=256,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 12 characters. Several words you can remember are best."),
        error_messages={"required": _("Password can't be blank")},
    )

    def __init__(self, *args: Any, membership: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = get_user_model()(email=membership.user.email, full_name=membership.invited_name)

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        try:
            password_validation.validate_password(password, self.person)
        except UnicodeEncodeError:
            raise ValidationError(_("This password holds characters that can't be kept.")) from None
        return password
