"""The forms of OAuth consumers: shape and wording only. What they ask for is done by consumers.registration."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.widgets import ChipsSelect
from consumers import entrusting, logos, registration, rules
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


class LinesField(forms.CharField):
    """Several addresses, one per line; kept as one per line. What is wrong with one is said by consumers.rules."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.Textarea(attrs={"rows": 3, "autocomplete": "off", "spellcheck": "false", "class": "mono"})
        super().__init__(**{"required": False, **kwargs}, widget=widget, strip=False, max_length=20_000)

    def to_python(self, value: Any) -> str:
        found = [line.strip(" \t\r") for line in (super().to_python(value) or "").split("\n")]
        return "\n".join(dict.fromkeys(line for line in found if line))


def web_field(label: Any, **kwargs: Any) -> forms.CharField:
    attrs = {"inputmode": "url", "autocomplete": "off", "spellcheck": "false", "placeholder": "https://"}
    return forms.CharField(label=label, required=False, max_length=400, widget=forms.TextInput(attrs=attrs), **kwargs)


class ConsumerForm(forms.Form):
    """Making a consumer, and changing one when `consumer` is given. Which fields a consumer has follows from its grant
    type and client type; while those are still to be chosen, a script hides what doesn't apply (data-when)."""

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
    client_type = forms.ChoiceField(
        label=_("Application type"),
        choices=[
            (Consumer.CLIENT_CONFIDENTIAL, _("Confidential: runs on a server and has a secret")),
            (Consumer.CLIENT_PUBLIC, _("Public: a browser, mobile or command-line app, protected by PKCE alone")),
        ],
        initial=Consumer.CLIENT_CONFIDENTIAL,
        required=False,
        widget=forms.RadioSelect,
        help_text=_("It can't be changed later."),
        error_messages={"invalid_choice": _("Choose an application type from the list.")},
    )
    redirect_uris = LinesField(
        label=_("Callback URL"),
        required=True,
        help_text=_("Where people return to with an answer. One per line, exactly as the app sends it."),
        error_messages={"required": _("Callback URL can't be blank")},
    )
    url = web_field(_("URL"), help_text=_("The app's own site. People see it when they are asked."))
    privacy_policy_url = web_field(_("Privacy policy URL"))
    eula_url = web_field(_("End user license agreement URL"))
    whose = forms.ChoiceField(
        label=_("Whose app it is"),
        choices=[("third", _("Third-party application")), ("first", _("Our own app"))],
        initial="third",
        required=False,
        widget=forms.RadioSelect,
        help_text=_("It can't be changed later."),
        error_messages={"invalid_choice": _("Choose whose app it is from the list.")},
    )
    skips_consent = forms.BooleanField(
        label=_("Skip the consent page"),
        required=False,
        help_text=_("People are signed in to it without being asked. Only for your own app with a secret."),
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
    optional_scopes = forms.MultipleChoiceField(
        label=_("Optional scopes"),
        required=False,
        help_text=_("What a person may leave out when they allow the rest."),
        widget=ChipsSelect(none_text=_("None: a person allows everything that is asked, or nothing")),
        error_messages={"invalid_choice": _("Choose scopes that the permission groups allow.")},
    )
    resource = forms.CharField(
        label=_("API identifier"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "placeholder": "https://"}),
        help_text=_("For a system that is an API itself: apps name it to get tokens for it alone."),
    )
    issues_refresh_tokens = forms.BooleanField(
        label=_("Gets refresh tokens"),
        required=False,
        initial=True,
        help_text=_("It stays connected while nobody is there, until a person or you end it."),
    )
    refresh_idle_seconds = forms.IntegerField(label=_("Sign-out after inactivity (seconds)"), required=False)
    refresh_absolute_seconds = forms.IntegerField(label=_("Sign in again after (seconds)"), required=False)
    allows_device_flow = forms.BooleanField(
        label=_("May be used on devices without a browser"),
        required=False,
        help_text=_("People type a short code on another device: for command lines, televisions and the like."),
    )
    allowed_origins = LinesField(
        label=_("Allowed origins"),
        help_text=_("Sites whose scripts may call Gatehouse, such as https://app.example.com. One per line."),
    )
    post_logout_redirect_uris = LinesField(
        label=_("URLs after sign-out"), help_text=_("Where people may return to when they sign out. One per line.")
    )
    backchannel_logout_url = web_field(
        _("Back-channel logout URL"), help_text=_("Gatehouse calls it when a person signs out.")
    )
    id_token_algorithm = forms.ChoiceField(
        label=_("ID token signature"),
        choices=Consumer.IDTokenAlgorithm.choices,
        initial=Consumer.IDTokenAlgorithm.RS256,
        required=False,
        error_messages={"invalid_choice": _("Choose a signature from the list.")},
    )
    pairwise_subject = forms.BooleanField(
        label=_("Sees people under identifiers of its own"),
        required=False,
        help_text=_("Two apps can't tell that they have the same person."),
    )
    legacy_without_pkce = forms.BooleanField(
        label=_("Legacy: works without PKCE"),
        required=False,
        help_text=_("Only for an app that can't be mended: a stolen code can be used in its place."),
    )

    # What only an app that acts for people has, and what of it only one kind of app has.
    PEOPLE = ("client_type", "redirect_uris", "url", "privacy_policy_url", "eula_url", "whose", "skips_consent")
    PEOPLE_ADVANCED = (
        "issues_refresh_tokens",
        "refresh_idle_seconds",
        "refresh_absolute_seconds",
        "allows_device_flow",
        "allowed_origins",
        "post_logout_redirect_uris",
        "backchannel_logout_url",
        "id_token_algorithm",
        "pairwise_subject",
        "legacy_without_pkce",
    )
    ADVANCED = ("token_format", "access_token_seconds", "token_endpoint_auth_method", "default_scopes")
    MACHINES = ("resource",)
    OF_SECRETS = ("token_endpoint_auth_method", "legacy_without_pkce", "skips_consent")
    OF_BROWSERS = ("allowed_origins",)
    # A developer who was given the consumer changes the rest (docs/decisions/0009).
    DECIDED = ("groups", "skips_consent", "legacy_without_pkce")

    def __init__(
        self, *args: Any, tenant: Tenant, consumer: Consumer | None = None, decides: bool = True, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.tenant, self.consumer = tenant, consumer
        longest = min(LONGEST_SECONDS, tenant.access_token_seconds)
        self._limit("access_token_seconds", SHORTEST_SECONDS, longest)
        self._limit("refresh_idle_seconds", rules.SHORTEST_REFRESH_SECONDS, tenant.refresh_idle_seconds)
        self._limit("refresh_absolute_seconds", rules.SHORTEST_REFRESH_SECONDS, tenant.refresh_absolute_seconds)
        if decides:
            self.fields["groups"].queryset = PermissionGroup.objects.all()  # type: ignore[attr-defined]
        else:
            self._without(*self.DECIDED)
        if consumer is None:
            # Which scopes there are to choose from follows from the groups, once they are saved.
            self._without("default_scopes", "optional_scopes")
            self._part()
        else:
            self._without("grant_type", "client_type", "whose", *self._foreign_to(consumer))
            self._start_from(consumer)

    def _limit(self, name: str, shortest: int, longest: int) -> None:
        field = self.fields[name]
        limits = {"shortest": shortest, "longest": longest}
        sentence = _("Between %(shortest)s and %(longest)s seconds.") % limits
        field.min_value, field.max_value = shortest, longest  # type: ignore[attr-defined]
        field.widget.attrs.update(min=shortest, max=longest, placeholder=str(longest))
        field.help_text = _("%(limits)s Empty: the company's own, %(longest)s.") % {"limits": sentence, **limits}
        field.error_messages["invalid"] = sentence

        def within(value: int) -> None:
            if not shortest <= value <= longest:
                raise ValidationError(sentence)

        field.validators = [within]

    def _without(self, *names: str) -> None:
        for name in names:
            self.fields.pop(name, None)

    def _part(self) -> None:
        """Each field says to which choice it belongs; templates/consumers/parts.html writes it down."""
        kinds = ((self.OF_SECRETS, "client_type=confidential"), (self.OF_BROWSERS, "client_type=public"))
        for names, when in kinds:
            for name in names:
                self.fields[name].when = when  # type: ignore[attr-defined]
        self.fields["skips_consent"].when += " whose=first"  # type: ignore[attr-defined]

    def _foreign_to(self, consumer: Consumer) -> tuple[str, ...]:
        if not consumer.acts_for_people:
            return (*self.PEOPLE, *self.PEOPLE_ADVANCED, "optional_scopes")
        without = self.OF_SECRETS if consumer.is_public else self.OF_BROWSERS
        return (*self.MACHINES, *without, *(() if consumer.is_first_party else ("skips_consent",)))

    def _start_from(self, consumer: Consumer) -> None:
        self.held = list(consumer.groups.all())
        chosen = {*consumer.default_scopes, *consumer.optional_scopes}
        allowed = {scope for group in self.held for scope in group.scopes} | chosen
        if self.is_bound and "groups" in self.fields:
            allowed |= {scope for group in PermissionGroup.objects.all() for scope in group.scopes}
        for name in ("default_scopes", "optional_scopes"):
            if name in self.fields:
                self.fields[name].choices = [(scope, scope) for scope in sorted(allowed)]  # type: ignore[attr-defined]
        self.initial = {name: getattr(consumer, name) for name in self.fields if name != "groups"}
        self.initial["groups"] = [group.pk for group in self.held]

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        others = Consumer.objects.present().filter(name=name)
        if self.consumer is not None:
            others = others.exclude(pk=self.consumer.pk)
        if others.exists():
            raise ValidationError(name_taken())
        return name

    def clean(self) -> dict[str, Any]:
        if self.consumer is None:
            self._keep_what_applies()
        wanted = {name: value for name, value in self.cleaned_data.items() if name not in {"name", "groups"}}
        if self.consumer is None and "grant_type" not in wanted:
            return self.cleaned_data
        groups = self.cleaned_data.get("groups", () if self.consumer is None else self.held)
        try:
            rules.check(self._drafted(wanted), registration.held_by(groups), self.cleaned_data.keys())
        except ValidationError as refused:
            for name, sentences in refused.message_dict.items():
                for sentence in sentences:
                    self.add_error(name if name in self.fields else None, sentence)
        return self.cleaned_data

    def _keep_what_applies(self) -> None:
        """Without scripts every field is there, and those of the other grant type come with what they began with."""
        cleaned = self.cleaned_data
        for_people = cleaned.get("grant_type") == Consumer.GRANT_AUTHORIZATION_CODE
        for name in self.MACHINES if for_people else (*self.PEOPLE, *self.PEOPLE_ADVANCED):
            cleaned.pop(name, None)
            self.errors.pop(name, None)
        if for_people:
            cleaned["client_type"] = cleaned.get("client_type") or Consumer.CLIENT_CONFIDENTIAL
            cleaned["is_first_party"] = cleaned.pop("whose", "") == "first"
            cleaned["id_token_algorithm"] = cleaned.get("id_token_algorithm") or Consumer.IDTokenAlgorithm.RS256

    def _drafted(self, wanted: dict[str, Any]) -> Consumer:
        fields = dict(wanted)
        made = self.consumer or Consumer(authorization_grant_type=fields.pop("grant_type"), redirect_uris="")
        return registration.amended(made, fields)

    def advanced(self) -> list[forms.BoundField]:
        return self._those(self.ADVANCED)

    def for_machines(self) -> list[forms.BoundField]:
        return self._those(self.MACHINES)

    def for_people(self) -> list[forms.BoundField]:
        return self._those(self.PEOPLE)

    def for_people_advanced(self) -> list[forms.BoundField]:
        return self._those(("optional_scopes", *self.PEOPLE_ADVANCED))

    def _those(self, names: Iterable[str]) -> list[forms.BoundField]:
        return [self[name] for name in names if name in self.fields]

    def has_advanced_errors(self) -> bool:
        return any(name in self.errors for name in (*self.ADVANCED, *self.MACHINES))

    def has_people_errors(self) -> bool:
        return any(name in self.errors for name in ("optional_scopes", *self.PEOPLE_ADVANCED))


class LogoForm(forms.Form):
    """A picture for the app, on a page of its own: a file can't wait while a password is asked."""

    picture = forms.FileField(
        label=_("Logo"),
        help_text=_("PNG, JPEG or WebP, 1 MB at most. Gatehouse draws it anew at 256 × 256 or smaller."),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp"}),
        error_messages={
            "required": _("Choose a picture."),
            "empty": _("The file is empty."),
            "invalid": _("Choose a picture."),
            "missing": _("Choose a picture."),
        },
    )

    def clean_picture(self) -> bytes:
        """As it is stored."""
        file = self.cleaned_data["picture"]
        if file.size > logos.LARGEST:
            raise ValidationError(str(logos.too_large()))
        try:
            return logos.drawn(file.read())
        except logos.NotAPicture as refusal:
            raise ValidationError(str(refusal.sentence)) from None


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
