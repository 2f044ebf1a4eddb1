"""What the pages of one consumer show: credentials, secrets, quick start, people, failures and history."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from consumers import failures, logos, quickstart, redirects, rules
from consumers.models import Consumer
from consumers.registration import MOST_SECRETS
from consumers.tables import badge
from permissions.object_access import managers, may_manage
from tenants.access import may_change_settings, may_read_settings
from tenants.context import current_tenant
from tenants.models import AuditEvent, Membership, Tenant
from tenants.verbs import sentence

LINES = 5
DAY = 86_400


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the log in words."""

    event: AuditEvent
    what: str


def of(consumer: Consumer, membership: Membership, *, failure: str = "") -> dict[str, Any]:
    """For the consumer's own page. `consumer` comes from ConsumerQuerySet.for_list(); `failure` is the reference of one
    to look up among its failures."""
    tenant = current_tenant()
    groups = list(consumer.groups.all())
    secrets = list(consumer.secrets.select_related("created_by", "retired_by"))
    lines = AuditEvent.objects.filter(object_type="consumer", object_id=str(consumer.pk)).order_by("-sequence")
    may_change = may_change_settings(membership)
    return {
        "consumer": consumer,
        "badge": badge(consumer),
        "groups": groups,
        "scopes": sorted(consumer.ceiling),
        "lifetime_minutes": consumer.within(tenant, "access_token_seconds") // 60,
        "secrets": [secret for secret in secrets if secret.state == "active"],
        "past_secrets": [secret for secret in secrets if secret.state != "active"],
        "managers": list(managers(consumer)) if may_read_settings(membership) else [],
        "failures": failures.latest(consumer, LINES, failure),
        "failure": failure,
        "history": [Line(event, sentence(event)) for event in lines.exclude(verb=failures.VERB)[:LINES]],
        "log_url": log_url(consumer) if may_read_settings(membership) else "",
        "tester_url": "" if consumer.acts_for_people else url_or_nothing("oauth:tester", consumer.pk),
        "authorize_again_url": url_or_nothing("authorizations:authorize-again", consumer.pk) if may_change else "",
        "may_manage": may_manage(membership, consumer),
        "may_change": may_change,
        "sees_people": may_read_settings(membership),
        "menu": actions(consumer) if may_change else [],
        **(of_app(consumer, tenant) if consumer.acts_for_people else {}),
        **quickstart.snippets(consumer, tenant),
    }


def of_app(consumer: Consumer, tenant: Tenant) -> dict[str, Any]:
    """What only an app that acts for people has."""
    idle = consumer.within(tenant, "refresh_idle_seconds")
    absolute = consumer.within(tenant, "refresh_absolute_seconds")
    return {
        "callbacks": redirects.listed(consumer),
        "after_sign_out": rules.lines(consumer.post_logout_redirect_uris),
        "origins": rules.lines(consumer.allowed_origins),
        "pages": [
            (label, address)
            for label, address in (
                (_("URL"), consumer.url),
                (_("Privacy policy URL"), consumer.privacy_policy_url),
                (_("End user license agreement URL"), consumer.eula_url),
            )
            if address
        ],
        "logo_url": logo_url(consumer),
        "idle_days": max(1, min(idle, absolute) // DAY),
        "absolute_days": max(1, absolute // DAY),
    }


def of_new_secret(consumer: Consumer, tenant: Tenant, secret: str) -> dict[str, Any]:
    """For the page that shows a secret once."""
    return {
        "consumer": consumer,
        "secret": secret,
        "file_name": f"{tenant.slug}-{consumer.key}.env",
        "file": quickstart.env_file(consumer, tenant, secret),
        "tester_url": "" if consumer.acts_for_people else url_or_nothing("oauth:tester", consumer.pk),
        **quickstart.snippets(consumer, tenant, secret),
    }


def of_question(consumers: list[Consumer], pk: int | None) -> dict[str, Any]:
    """For "Suspend these?" and its kin: what and whom it would stop."""
    live = [consumer.authorizations.live() for consumer in consumers]
    return {
        "consumers": consumers,
        "only": consumers[0] if len(consumers) == 1 else None,
        "number": len(consumers),
        "people": count_people(live),
        "secrets": sum(consumer.secrets.working().count() for consumer in consumers),
        "signs": any(consumer.token_format == Consumer.TokenFormat.JWT for consumer in consumers),
        "back_url": reverse("consumers:list") if pk is None else reverse("consumers:detail", args=[pk]),
    }


def count_people(live: list[QuerySet[Any]]) -> int:
    people: set[int] = set()
    for authorizations in live:
        people.update(authorizations.exclude(user=None).values_list("user_id", flat=True))
    return len(people)


def actions(consumer: Consumer) -> list[dict[str, Any]]:
    """The ⋯ menu of a super administrator."""

    def action(label: str, icon: str, route: str, kind: str = "") -> dict[str, Any]:
        return {"label": label, "icon": icon, "url": reverse(route, args=[consumer.pk]), "modal": True, "kind": kind}

    pause = (
        action(_("Resume"), "play", "consumers:resume-one")
        if consumer.suspended_at
        else action(_("Suspend"), "pause", "consumers:suspend-one")
    )
    return [pause, action(_("Delete"), "trash-2", "consumers:delete-one", "danger")]


def logo_url(consumer: Consumer) -> str:
    """Where its logo is, "" without one; another picture has another address."""
    etag = logos.etag_of(consumer)
    return f"{reverse('logo', args=[consumer.pk])}?v={etag[:12]}" if etag else ""


def log_url(consumer: Consumer) -> str:
    """The Transactions log, narrowed to this consumer."""
    url = url_or_nothing("tenants:transactions")
    return f"{url}?{urlencode({'q': consumer.name, 'kind': 'consumer'})}" if url else ""


def url_or_nothing(name: str, *args: object) -> str:
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def limit_sentence() -> str:
    return _("This consumer has %(most)s working secrets, the most there can be. Retire one first.") % {
        "most": MOST_SECRETS
    }


def last_secret_sentence() -> str:
    return _("The only working secret can't be retired. Add its successor first, or suspend the consumer.")
