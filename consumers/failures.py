"""A consumer's recent failures in words: why a request was refused and what helps. The reasons are the wire's
(oauth.refusals writes them); nobody outside the company ever reads them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consumers.models import Consumer
from tenants.models import AuditEvent
from tenants.text import harmless

VERB = "consumer.refused"
# A request's id, or how it begins.
REFERENCE = re.compile(r"[0-9a-f-]{1,36}")

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
    "no_scope_there": gettext_lazy("Nothing of what it may do has a meaning at the API it asked for."),
    "no_scope_left": gettext_lazy("Its permission groups hold nothing that this company has."),
    "public_with_secret": gettext_lazy("It sent a secret, and is a public app, which has none. Send the key alone."),
    "secret_missing": gettext_lazy("It sent its key without a secret."),
    # Of codes and refresh tokens.
    "unknown_code": gettext_lazy("The code is unknown, or was made for another consumer."),
    "code_expired": gettext_lazy("The code was older than a minute. Redeem it at once."),
    "code_replayed": gettext_lazy("The code was used twice. What it had led to was ended; the person signs in again."),
    "verifier_missing": gettext_lazy("It sent no code_verifier. Send the one its code_challenge was made from."),
    "wrong_verifier": gettext_lazy("The code_verifier is not the one that its code_challenge was made from."),
    "verifier_unexpected": gettext_lazy("It sent a code_verifier, though its request had no code_challenge."),
    "other_redirect": gettext_lazy("The redirect URI is not the one that the code was sent to. Send the same."),
    "redirect_left_out": gettext_lazy("It sent no redirect URI with the code. Without PKCE it has to."),
    "no_refresh_tokens": gettext_lazy("It sent a refresh token, and is not set up to get any."),
    "unknown_refresh_token": gettext_lazy("The refresh token is unknown, or was made for another consumer."),
    "refresh_expired": gettext_lazy("The refresh token was not used for too long, or the time to sign in again came."),
    "refresh_reused": gettext_lazy(
        "An old refresh token was used again. What it had led to was ended; the person signs in again."
    ),
    "family_ended": gettext_lazy("The person's sign-in through it was over."),
    "consent_withdrawn": gettext_lazy("The person's authorization was revoked, or its time was over."),
    "person_gone": gettext_lazy("The person is no longer in the company, or was suspended."),
    "signed_in_before": gettext_lazy("The person has changed their password since."),
    "nothing_left": gettext_lazy("Of what the person agreed to, nothing is allowed any more."),
    "nothing_asked": gettext_lazy("Of what the person agreed to, nothing is allowed any more."),
    "scope_beyond_consent": gettext_lazy("It asked for a scope that the person did not agree to."),
    "resource_beyond_consent": gettext_lazy("It asked for access to an API that the person did not agree to."),
    # Of requests to act for a person.
    "scope_malformed": gettext_lazy("The scope holds characters that no scope has. Separate scopes with one space."),
    "state_long": gettext_lazy("The state is longer than 8192 characters. Keep what it holds and send a short key."),
    "redirect_repeated": gettext_lazy("The redirect URI is there more than once. Send it once."),
    "redirect_missing": gettext_lazy(
        "It names no redirect URI. With more than one callback URL, each request must say which it means."
    ),
    "redirect_withdrawn": gettext_lazy("Its redirect URI was taken from the callback URLs while somebody was asked."),
    "response_mode": gettext_lazy("The response mode is unknown. Use query or form_post, or leave it out."),
    "response_type": gettext_lazy("The response type is missing or unknown. It must be code."),
    "repeated": gettext_lazy("A parameter is there more than once. Send each once."),
    "unreadable": gettext_lazy("A parameter is not valid UTF-8. Percent-encode it."),
    "request_object": gettext_lazy("It sent a request object. Send the parameters themselves."),
    "pkce_missing": gettext_lazy("It sent no code_challenge. Turn on PKCE in the app's OAuth library."),
    "pkce_method": gettext_lazy("The code_challenge_method is not S256. No other is accepted."),
    "pkce_malformed": gettext_lazy(
        "The code_challenge is not the base64url SHA-256 of a verifier: 43 characters without padding."
    ),
    "nonce_missing": gettext_lazy("It sent neither PKCE nor a nonce. Send at least a nonce."),
    "nonce_long": gettext_lazy("The nonce is longer than 512 characters. Send a shorter one."),
    "prompt": gettext_lazy("The prompt is unknown, or combines none with another."),
    "max_age": gettext_lazy("The max_age is not a number of seconds."),
    "invalid_target": gettext_lazy("It asked for access to an API that the company does not have."),
}
# Which part of the redirect URI is unlike the nearest callback URL (consumers.redirects.difference).
PARTS: dict[str, str | Promise] = {
    "unregistered": gettext_lazy("It sent a redirect URI, and no callback URL is registered. Add it."),
    "unreadable": gettext_lazy("The redirect URI is no address. Send one of the callback URLs."),
    "fragment": gettext_lazy("The redirect URI has a fragment, “#” and what follows. Leave it out."),
    "userinfo": gettext_lazy("The redirect URI has a user name before “@”. Leave it out."),
    "scheme": gettext_lazy("The scheme of the redirect URI differs from the callback URL's. Use the same."),
    "host": gettext_lazy(
        "The host of the redirect URI is not that of a callback URL. If it is the app's own, add the address."
    ),
    "port": gettext_lazy(
        "The port of the redirect URI differs from the callback URL's. Only a public app on a computer may choose it."
    ),
    "path": gettext_lazy(
        "The path of the redirect URI differs from the callback URL's. Send the same, or add the address."
    ),
    "trailing_slash": gettext_lazy("The redirect URI and the callback URL differ by a slash at the end."),
    "case": gettext_lazy("The redirect URI and the callback URL differ in upper and lower case."),
    "encoding": gettext_lazy("The redirect URI and the callback URL are percent-encoded differently."),
    "query": gettext_lazy(
        "The query of the redirect URI, “?” and what follows, differs from the callback URL's. Use the state instead."
    ),
}


@dataclass(frozen=True, slots=True)
class Failure:
    """`count`: how often, since the line before it. `reference` stands on the page that somebody saw, `asked` is the
    redirect URI that was not registered."""

    event: AuditEvent
    sentence: str
    endpoint: str
    count: int
    reference: str = ""
    asked: str = ""


def latest(consumer: Consumer, number: int, reference: str = "") -> list[Failure]:
    """With a reference only those that showed it."""
    lines = AuditEvent.objects.filter(object_type="consumer", object_id=str(consumer.pk), verb=VERB)
    if reference:
        wanted = reference.strip().lower()
        lines = lines.filter(request_id__startswith=wanted) if REFERENCE.fullmatch(wanted) else lines.none()
    return [in_words(event) for event in lines.order_by("-sequence")[:number]]


def in_words(event: AuditEvent) -> Failure:
    after = event.after
    reason, endpoint = str(after.get("reason", "")), str(after.get("endpoint", ""))
    sentence = PARTS.get(str(after.get("part", ""))) or REASONS.get(reason)
    return Failure(
        event,
        str(sentence or _("Refused: %(reason)s") % {"reason": reason}),
        endpoint,
        int(after.get("count", 1)),
        event.request_id[:8] if endpoint == "authorize" else "",
        harmless(str(after.get("asked", ""))),
    )
