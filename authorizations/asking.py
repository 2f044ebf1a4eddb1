"""What a person is asked when an app wants to act for them: worked out from the request as it was kept, the consumer
and the person as they are now. Nothing of it comes from the page."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from itertools import groupby
from urllib.parse import urlsplit

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from authorizations import granting
from authorizations.models import Authorization, AuthorizationRequest, DeviceCode
from consumers import logos, redirects
from consumers.models import Consumer
from permissions import catalogue
from permissions.scopes import IDENTITY, OPENID, Scopes, module_of
from tenants.models import Membership
from tenants.text import harmless

DAY, HOUR, MINUTE = 86_400, 3_600, 60
# Ends a person may choose, as far as they are shorter than the app's own.
SHORTER_DAYS = (1, 7, 30)
AS_LONG_AS_THE_APP, AS_AGREED = "app", "agreed"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing the app would be able to do."""

    scope: str
    sentence: str
    is_optional: bool


@dataclass(frozen=True, slots=True)
class Part:
    """What belongs to one module; to none (`name` is empty) what is about the person."""

    name: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Api:
    """One that the app would reach (RFC 8707). `name` is empty when no consumer of the company is it."""

    identifier: str
    name: str


class Question:
    """One request, put to one person. Everything named by somebody is harmless already."""

    def __init__(self, request: AuthorizationRequest, membership: Membership) -> None:
        self.request, self.membership, self.person = request, membership, membership.user
        self.consumer: Consumer = request.consumer
        self.company = membership.tenant

    @property
    def who(self) -> str:
        """The person, as they are called."""
        return harmless(str(self.person))

    # ---- Who asks

    @property
    def app(self) -> str:
        return str(self.consumer)

    @cached_property
    def logo_url(self) -> str:
        etag = logos.etag_of(self.consumer)
        return f"{reverse('logo', args=[self.consumer.pk])}?v={etag[:12]}" if etag else ""

    @property
    def site(self) -> str:
        """The host of the app's own site, as it says."""
        return redirects.host_of(self.consumer.url) if self.site_url else ""

    @property
    def site_url(self) -> str:
        return web(self.consumer.url)

    @property
    def privacy_policy_url(self) -> str:
        return web(self.consumer.privacy_policy_url)

    @property
    def eula_url(self) -> str:
        return web(self.consumer.eula_url)

    @cached_property
    def device(self) -> DeviceCode | None:
        """The device that waits for the answer (RFC 8628)."""
        return self.request.device_code

    @property
    def agent(self) -> str:
        return harmless(self.device.agent) if self.device else ""

    # ---- Where the answer goes

    @property
    def host(self) -> str:
        return redirects.host_of(self.request.redirect_uri)

    @property
    def host_labels(self) -> list[str]:
        """A long one is broken between them, so that its end, which counts, is read."""
        return self.host.split(".")

    @property
    def goes_to_this_computer(self) -> bool:
        return redirects.is_loopback(self.request.redirect_uri)

    @property
    def goes_to_an_installed_app(self) -> bool:
        """By a scheme of its own, which any app on the device can claim (RFC 8252 §8.6)."""
        return urlsplit(self.request.redirect_uri).scheme not in ("https", "http")

    @cached_property
    def can_be_answered(self) -> bool:
        """Whether app, redirect and device are still what they were when it was asked."""
        if self.consumer.state != "active":
            return False
        if self.request.device_code_id is None:
            return redirects.find(self.consumer, self.request.redirect_uri) is not None
        waiting = DeviceCode.objects.waiting().filter(pk=self.request.device_code_id)
        return self.consumer.allows_device_flow and waiting.exists()

    # ---- What is asked

    @cached_property
    def offered(self) -> Scopes:
        """What a yes could give, and there are words for: nobody agrees to what can't be said."""
        return granting.grantable(self.consumer, self.membership, self.request.scopes) & self._sentences.keys()

    @cached_property
    def has_something_to_give(self) -> bool:
        return granting.is_something(self.offered)

    @cached_property
    def authorization(self) -> Authorization | None:
        """What the person agreed to before."""
        found: Authorization | None = self.consumer.authorizations.live().filter(user=self.person).first()
        return found

    @cached_property
    def already(self) -> Scopes:
        return self.offered & frozenset((self.authorization and self.authorization.scopes) or ())

    @cached_property
    def optional(self) -> Scopes:
        """What may be unticked. What was agreed before is taken back among Connected apps, not here."""
        return (self.offered - self.already - {OPENID}) & frozenset(self.consumer.optional_scopes)

    @property
    def declined(self) -> Scopes:
        """What the person unticked an earlier time."""
        return frozenset((self.authorization and self.authorization.declined_scopes) or ())

    @property
    def parts(self) -> list[Part]:
        """What is asked for now; only what is new where something was agreed before."""
        return self._by_module(self.offered - self.already)

    @property
    def already_parts(self) -> list[Part]:
        return self._by_module(self.already)

    @property
    def withheld_parts(self) -> list[Part]:
        """What the consumer may ask for but this person can't give."""
        return self._by_module(frozenset(self.request.scopes) & frozenset(self.consumer.ceiling) - self.offered)

    @cached_property
    def _sentences(self) -> dict[str, str]:
        return catalogue.sentences(self.request.scopes)

    def _by_module(self, scopes: Scopes) -> list[Part]:
        lines = [
            Line(scope, sentence, scope in self.optional)
            for scope, sentence in self._sentences.items()
            if scope in scopes
        ]
        names = {module.slug: module.name for module in catalogue.modules()} if scopes - IDENTITY else {}
        groups = groupby(lines, lambda line: "" if line.scope in IDENTITY else names[module_of(line.scope)])
        return [Part(name, tuple(some)) for name, some in groups]

    @cached_property
    def apis(self) -> list[Api]:
        found = Consumer.objects.present().filter(resource__in=self.request.resources)
        names = {consumer.resource: str(consumer) for consumer in found}
        return [Api(identifier, names.get(identifier, "")) for identifier in self.request.resources]

    # ---- How long

    @property
    def stays_connected(self) -> bool:
        return self.consumer.issues_refresh_tokens

    @property
    def longest_seconds(self) -> int:
        """Until the app has to ask the person to sign in again; without refresh tokens until its access token ends."""
        name = "refresh_absolute_seconds" if self.stays_connected else "access_token_seconds"
        return self.consumer.within(self.company, name)

    @property
    def longest(self) -> str:
        return spoken(self.longest_seconds)

    @property
    def idle(self) -> str:
        """How long the app may stay unused; nothing when that can't come first."""
        seconds = self.consumer.within(self.company, "refresh_idle_seconds")
        return spoken(seconds) if seconds < self.longest_seconds else ""

    @cached_property
    def agreed_end(self) -> datetime | None:
        return self.authorization.expires_at if self.authorization else None

    @property
    def ends(self) -> list[tuple[str, str]]:
        """What a person may choose, the first by default; nothing where there is no choice."""
        days = [n for n in SHORTER_DAYS if n * DAY < self.longest_seconds] if self.stays_connected else []
        if not days and not self.agreed_end:
            return []
        choices = [(AS_LONG_AS_THE_APP, _("As long as the app may (%(time)s)") % {"time": self.longest})]
        if self.agreed_end:
            text = _("Until %(date)s, as you chose before") % {"date": date_format(self.agreed_end, "DATE_FORMAT")}
            choices.insert(0, (AS_AGREED, text))
        return choices + [(str(n), spoken(n * DAY)) for n in days]

    # ---- Whether the page still says this

    @cached_property
    def fingerprint(self) -> str:
        """Of everything the page says that a yes rests on. It is compared, never believed: who changes it in the page
        is shown the page again."""
        said = [
            self.request.pk,
            self.person.pk,
            self.app,
            self.consumer.url,
            sorted(self.offered),
            sorted(self.already),
            sorted(self.optional),
            self.longest_seconds,
            str(self.agreed_end),
        ]
        return sha256(json.dumps(said).encode()).hexdigest()[:32]

    def chosen(self, ticked: Iterable[str]) -> Scopes:
        """All but what was unticked."""
        return self.offered - (self.optional - frozenset(ticked))


def web(url: str) -> str:
    """A link that can only lead to a web page."""
    return url if url.startswith("https://") else ""


def spoken(seconds: int) -> str:
    """In the largest unit that fits evenly, days at most: "90 days", "36 hours"."""
    if seconds % DAY == 0:
        return ngettext("%(n)d day", "%(n)d days", seconds // DAY) % {"n": seconds // DAY}
    if seconds % HOUR == 0:
        return ngettext("%(n)d hour", "%(n)d hours", seconds // HOUR) % {"n": seconds // HOUR}
    minutes = max(1, seconds // MINUTE)
    return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}
