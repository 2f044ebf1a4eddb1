"""What a consumer may be. The rules hold whoever asks: the drawer, the API, a command. Each is about some fields and
looks only when one of them is set, so that an old value which a company's new limit made too large stops nobody from
changing another."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from consumers import redirects
from consumers.models import Consumer
from tenants.context import current_tenant
from tenants.text import harmless

SHORTEST_REFRESH_SECONDS = 3600
# What only an app that acts for people has, and what it is without.
OF_PEOPLE: dict[str, Any] = {
    "redirect_uris": "",
    "post_logout_redirect_uris": "",
    "allowed_origins": "",
    "url": "",
    "privacy_policy_url": "",
    "eula_url": "",
    "backchannel_logout_url": "",
    "is_first_party": False,
    "skips_consent": False,
    "optional_scopes": [],
    "refresh_idle_seconds": None,
    "refresh_absolute_seconds": None,
    "allows_device_flow": False,
    "legacy_without_pkce": False,
    "pairwise_subject": False,
}
WEB = {
    "url": redirects.validate_web,
    "privacy_policy_url": redirects.validate_web,
    "eula_url": redirects.validate_web,
    "backchannel_logout_url": redirects.validate_called,
}


@dataclass(frozen=True, slots=True)
class Draft:
    """A consumer as it would be, not saved yet. `held`: all that its groups allow, module on or off."""

    consumer: Consumer
    held: frozenset[str]


def check(consumer: Consumer, held: Iterable[str], changed: Collection[str]) -> None:
    """Raises ValidationError with the problems of each field. `changed`: the fields being set, and "groups"."""
    draft = Draft(consumer, frozenset(held))
    problems: dict[str, list[str]] = {}
    for fields, rule in RULES:
        if not fields.isdisjoint(changed):
            for field, sentence in rule(draft):
                problems.setdefault(field, []).append(sentence)
    if problems:
        raise ValidationError(problems)


type Problems = Iterable[tuple[str, str]]


def for_people_only(draft: Draft) -> Problems:
    if draft.consumer.acts_for_people:
        return
    for field, nothing in OF_PEOPLE.items():
        if getattr(draft.consumer, field) != nothing:
            yield field, _("Only a consumer with authorization code has this.")


def callback_urls(draft: Draft) -> Problems:
    if not draft.consumer.acts_for_people:
        return
    asked = lines(draft.consumer.redirect_uris)
    if not asked:
        yield "redirect_uris", _("Callback URL can't be blank")
    yield from each("redirect_uris", asked, lambda uri: redirects.validate(uri, public=draft.consumer.is_public))


def after_sign_out(draft: Draft) -> Problems:
    asked = lines(draft.consumer.post_logout_redirect_uris)
    public = draft.consumer.is_public
    yield from each("post_logout_redirect_uris", asked, lambda uri: redirects.validate(uri, public=public))


def origins(draft: Draft) -> Problems:
    asked = lines(draft.consumer.allowed_origins)
    if asked and not draft.consumer.is_public:
        yield "allowed_origins", _("Only a public app calls from a browser: a secret doesn't belong there.")
        return
    yield from each("allowed_origins", asked, redirects.validate_origin)


def web_addresses(draft: Draft) -> Problems:
    for field, validate in WEB.items():
        address = getattr(draft.consumer, field)
        yield from each(field, [address] if address else [], validate)


def consent(draft: Draft) -> Problems:
    consumer = draft.consumer
    if consumer.skips_consent and not (consumer.is_first_party and not consumer.is_public):
        yield "skips_consent", _("Only your own app with a secret may skip consent: any other could be imitated.")


def legacy(draft: Draft) -> Problems:
    if draft.consumer.legacy_without_pkce and draft.consumer.is_public:
        yield "legacy_without_pkce", _("A public app has nothing but PKCE to protect its codes.")


def authentication(draft: Draft) -> Problems:
    if draft.consumer.is_public and draft.consumer.token_endpoint_auth_method:
        yield "token_endpoint_auth_method", _("A public app has no secret to authenticate with.")


def client_type(draft: Draft) -> Problems:
    if draft.consumer.is_public and not draft.consumer.acts_for_people:
        yield "client_type", _("A consumer with client credentials has a secret, so it can't be public.")


def refresh_lifetimes(draft: Draft) -> Problems:
    """Within the company's, and the idle one within the absolute one."""
    tenant, consumer = current_tenant(), draft.consumer
    absolute = consumer.refresh_absolute_seconds or tenant.refresh_absolute_seconds
    for field, most in (
        ("refresh_idle_seconds", min(tenant.refresh_idle_seconds, absolute)),
        ("refresh_absolute_seconds", tenant.refresh_absolute_seconds),
    ):
        seconds = getattr(consumer, field)
        if seconds is not None and not SHORTEST_REFRESH_SECONDS <= seconds <= most:
            limits = {"shortest": SHORTEST_REFRESH_SECONDS, "longest": most}
            yield field, _("Between %(shortest)s and %(longest)s seconds.") % limits


def scopes_within_groups(draft: Draft) -> Problems:
    for field in ("default_scopes", "optional_scopes"):
        beyond = sorted(set(getattr(draft.consumer, field)) - draft.held)
        if beyond:
            sentence = ngettext(
                "The permission groups don't allow %(scopes)s.",
                "The permission groups don't allow these: %(scopes)s.",
                len(beyond),
            )
            yield field, sentence % {"scopes": ", ".join(beyond)}


def api_identifier(draft: Draft) -> Problems:
    consumer = draft.consumer
    if not consumer.resource:
        return
    if consumer.acts_for_people:
        yield "resource", _("Only a consumer with client credentials stands for an API.")
        return
    if len(consumer.resource) > 200:
        yield "resource", _("Use %(most)s characters at most.") % {"most": 200}
        return
    yield from each("resource", [consumer.resource], redirects.validate_resource)
    # With a slash at the end and without is one to whoever asks for it (oauth.rules.resources).
    bare = consumer.resource.removesuffix("/")
    others = Consumer.objects.present().filter(resource__in=[bare, f"{bare}/"]).exclude(pk=consumer.pk)
    if others.exists():
        yield "resource", resource_taken()


RULES: list[tuple[frozenset[str], Callable[[Draft], Problems]]] = [
    (frozenset(OF_PEOPLE), for_people_only),
    (frozenset({"redirect_uris"}), callback_urls),
    (frozenset({"post_logout_redirect_uris"}), after_sign_out),
    (frozenset({"allowed_origins"}), origins),
    (frozenset(WEB), web_addresses),
    (frozenset({"skips_consent"}), consent),
    (frozenset({"legacy_without_pkce"}), legacy),
    (frozenset({"token_endpoint_auth_method"}), authentication),
    (frozenset({"client_type"}), client_type),
    (frozenset({"refresh_idle_seconds", "refresh_absolute_seconds"}), refresh_lifetimes),
    (frozenset({"default_scopes", "optional_scopes", "groups"}), scopes_within_groups),
    (frozenset({"resource"}), api_identifier),
]


def lines(text: str) -> list[str]:
    """Of a field that holds one address per line. Only line feeds part them: everything else belongs to an address
    and is judged there."""
    return [line for line in text.split("\n") if line]


def each(field: str, asked: list[str], validate: Callable[[str], None]) -> Problems:
    """What is wrong with each address; which one, if there are several."""
    if len(asked) > redirects.MOST:
        yield field, _("Use %(most)s addresses at most.") % {"most": redirects.MOST}
        return
    for address in asked:
        try:
            validate(address)
        except ValidationError as error:
            problem = error.messages[0]
            if len(asked) > 1:
                problem = _("%(address)s: %(problem)s") % {"address": shortened(address), "problem": problem}
            yield field, problem


def shortened(address: str) -> str:
    return harmless(address if len(address) <= 80 else f"{address[:79]}…")


def resource_taken() -> str:
    return _("Another OAuth consumer of this company has this identifier.")
