"""RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0): an app sends the person here to sign out.

Who brings an ID token of this very session signs this browser out, and with the session ends all that hangs on it. One
of another session (another device, somebody else) ends what that app has from that session, and nothing here. Without
one, anybody could have written the link, so the person is asked (docs/decisions/0015).
"""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from accounts.signing_in import SID
from authorizations.browser import allow_form_to
from authorizations.models import TokenFamily
from consumers.models import Consumer
from oauth.id_tokens import Hint, subject_of_hint
from oauth.redirecting import see_other, with_query
from oauth.request import MOST_BYTES
from oauth.signing_out import end_session as end_session_of
from tenants.middleware import TenantRequest

PARAMETERS = ("id_token_hint", "logout_hint", "client_id", "post_logout_redirect_uri", "state", "ui_locales")
SALT = "oauth.end_session"
# How long the question may stand open.
ASKED_SECONDS = 3600


def metadata(issuer: str) -> dict[str, Any]:
    return {"end_session_endpoint": f"{issuer}/oauth/end_session"}


class Wrong(Exception):
    """The request can't be followed; says why to the app's developer, in English like all of the wire."""


class Wish(NamedTuple):
    """What an app asks for, checked. `onward` is where the person goes afterwards: "" for a page of ours."""

    hint: Hint | None
    consumer: Consumer | None
    onward: str


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def end_session(request: TenantRequest) -> HttpResponse:
    """A post from an app's page comes without this browser's cookies: it goes on as a request that has them."""
    if request.method == "POST":
        sent = {name: request.POST[name] for name in PARAMETERS if name in request.POST}
        if len(urlencode(sent)) > MOST_BYTES:
            return wrong(request, "The request is too long.")
        return HttpResponseRedirect(f"{request.path}?{urlencode(sent)}", status=303)
    try:
        wish = understood(request)
    except Wrong as reason:
        return wrong(request, str(reason))
    if wish.hint is None or wish.consumer is None or not wish.hint.sid:
        return ask(request, wish) if request.user.is_authenticated else done(request)
    if is_of_here(request, wish.hint, wish.consumer):
        get_adapter().logout(request)
    else:
        end_elsewhere(request, wish.hint, wish.consumer)
    return see_other(wish.onward) if wish.onward else redirect("oauth:end_session")


@never_cache
@require_POST
def confirmed(request: TenantRequest) -> HttpResponse:
    """The person's own yes to the question. Where they go from here was checked before it was asked."""
    try:
        address = signing.loads(request.POST.get("onward", ""), salt=salt(request), max_age=ASKED_SECONDS)
    except signing.BadSignature:
        address = ""
    get_adapter().logout(request)
    return see_other(address) if address else redirect("oauth:end_session")


def understood(request: TenantRequest) -> Wish:
    """Raises Wrong."""
    given = {name: request.GET[name] for name in PARAMETERS if request.GET.get(name)}
    if any(len(request.GET.getlist(name)) > 1 for name in PARAMETERS):
        raise Wrong("A parameter is repeated.")
    if any("\0" in value for value in given.values()):
        raise Wrong("The request holds a NUL character.")
    hint = subject_of_hint(given["id_token_hint"]) if "id_token_hint" in given else None
    key = given.get("client_id", "")
    if hint is not None and key and key != hint.client_id:
        raise Wrong("The client_id is not the one the ID token was made for.")
    key = key or (hint.client_id if hint else "")
    consumer = Consumer.objects.present().select_related("tenant").filter(client_id=key).first() if key else None
    address = given.get("post_logout_redirect_uri", "")
    if consumer is None or not address:
        return Wish(hint, consumer, "")
    if address not in consumer.post_logout_redirect_uris.split():
        raise Wrong("The post_logout_redirect_uri is not one that is registered for the app, exactly as it is.")
    return Wish(hint, consumer, with_query(address, {"state": given["state"]} if "state" in given else {}))


def is_of_here(request: TenantRequest, hint: Hint, consumer: Consumer) -> bool:
    user = request.user
    return user.is_authenticated and request.session.get(SID) == hint.sid and hint.is_of(user, consumer)


def end_elsewhere(request: TenantRequest, hint: Hint, consumer: Consumer) -> None:
    """What the app has from that session. The session itself is another browser's to end."""
    families = TokenFamily.objects.living().filter(consumer=consumer, sid=hint.sid).exclude(sid="")
    family = families.select_related("user").first()
    if family is not None and hint.is_of(family.user, consumer):
        end_session_of(family.user, hint.sid, host=request.get_host(), consumer=consumer)


def ask(request: TenantRequest, wish: Wish) -> HttpResponse:
    signed = signing.dumps(wish.onward, salt=salt(request)) if wish.onward else ""
    answer = render(request, "oauth/end_session.html", {"consumer": wish.consumer, "onward": signed})
    if wish.onward:
        allow_form_to(answer, wish.onward)
    return answer


def done(request: HttpRequest) -> HttpResponse:
    return render(request, "oauth/end_session_done.html")


def wrong(request: HttpRequest, reason: str) -> HttpResponse:
    return render(request, "oauth/end_session_wrong.html", {"reason": reason}, status=400)


def salt(request: TenantRequest) -> str:
    return f"{SALT}.{request.tenant.pk}"
