"""A consumer's recent failures in words: why a request was refused and what helps. The reasons are the wire's
(oauth.refusals writes them); nobody outside the company ever reads them."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consumers.models import Consumer
from tenants.models import AuditEvent

VERB = "consumer.refused"

REASONS: dict[str, str | Promise] = {
    "wrong_secret": gettext_lazy("The secret was wrong. If it is lost, add another."),
    "retired_secret": gettext_lazy("The secret has been retired. The system still uses it: give it a working one."),
    "expired_secret": gettext_lazy("The secret has expired. Add another and give it to the system."),
    "wrong_method": gettext_lazy(
        "Key and secret came in another way than this consumer's client authentication allows."
    ),
    "consumer_suspended": gettext_lazy("The consumer was suspended."),
    "company_suspended": gettext_lazy("The company was suspended."),
    "wrong_grant_type": gettext_lazy("It asked for a grant type that is not its own."),
    "authorization_revoked": gettext_lazy(
        "Its authorization was revoked. A super administrator can authorize it again."
    ),
    "scope_beyond_groups": gettext_lazy("It asked for a scope that its permission groups don't allow."),
    "no_device_flow": gettext_lazy(
        "It asked for a code for a device without a browser, and is not set up for such devices."
    ),
    "unknown_resource": gettext_lazy("It asked for access to an API that the company does not have."),
    "no_scope_left": gettext_lazy("Its permission groups hold nothing that this company has."),
}


@dataclass(frozen=True, slots=True)
class Failure:
    """`count`: how often, since the line before it."""

    event: AuditEvent
    sentence: str
    endpoint: str
    count: int


def latest(consumer: Consumer, number: int) -> list[Failure]:
    lines = AuditEvent.objects.filter(object_type="consumer", object_id=str(consumer.pk), verb=VERB)
    return [in_words(event) for event in lines.order_by("-sequence")[:number]]


def in_words(event: AuditEvent) -> Failure:
    reason = str(event.after.get("reason", ""))
    sentence = REASONS.get(reason) or _("Refused: %(reason)s") % {"reason": reason}
    return Failure(event, str(sentence), str(event.after.get("endpoint", "")), int(event.after.get("count", 1)))
