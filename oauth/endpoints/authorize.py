"""The authorization endpoint (RFC 6749 §3.1, §4.1.1; RFC 9700 §2.1; OpenID Connect Core §3.1.2.1): an app's request is
checked, kept, and handed to the pages that ask the person (oauth.endpoints.continuing).

Until the app and its redirect URI are proven, what is wrong is a page and never a redirect (§4.1.2.1). After that it
goes back to the app, in the order of the registry: response mode, repeated parameters, request objects, response type,
scope, PKCE, resource, the rest.

Not a door of the wire: a browser comes here, with its cookies, and no other origin may read what it gets (no CORS).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.http import person_of
from authorizations import granting, requests
from authorizations.browser import remember, secret_of
from authorizations.models import AuthorizationRequest
from consumers import redirects
from consumers.models import Consumer
from oauth import authorize_response, id_tokens, refusals, tokens
from oauth.authorize_response import FORM_POST, QUERY, Way
from oauth.errors import (
    InvalidRequest,
    InvalidScope,
    RegistrationNotSupported,
    RequestNotSupported,
    RequestURINotSupported,
    TooManyRequests,
    UnsupportedResponseType,
    WireError,
)
from oauth.redirecting import see_other
from oauth.request import WireRequest
from oauth.rules import issuer as issuers
from oauth.rules import parameters, pkce, questions, resources
from oauth.rules.parameters import Parameters, Unreadable
from oauth.store import Client, note_failure
from oauth.store.way_in import admit
from permissions.scopes import IDENTITY, OFFLINE_ACCESS, MalformedScope, Scopes, parse
from tenants import audit
from tenants.middleware import TenantRequest
from tenants.models import AuditEvent

RESPONSE_TYPE = "code"
LONGEST_STATE = 8192
UNKNOWN = "unknown_key"
WITHOUT_PKCE = "consumer.asked_without_pkce"
OBJECTS: list[tuple[str, type[WireError]]] = [
    ("request", RequestNotSupported),
    ("request_uri", RequestURINotSupported),
    ("registration", RegistrationNotSupported),
]


class Unproven(Exception):
    """Nothing may be sent anywhere. `reason` is for the consumer's page, the sentence for whoever made the link."""

    def __init__(self, reason: str, sentence: str | Promise, consumer: Consumer | None = None, **facts: str) -> None:
        super().__init__(reason)
        self.reason, self.sentence, self.consumer, self.facts = reason, sentence, consumer, facts


def metadata(issuer: str) -> dict[str, Any]:
    return {
        "authorization_endpoint": f"{issuer}/oauth/authorize",
        "response_types_supported": [RESPONSE_TYPE],
        "response_modes_supported": authorize_response.MODES,
        "authorization_response_iss_parameter_supported": True,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "claims_parameter_supported": False,
        **pkce.metadata(issuer),
        **questions.metadata(issuer),
    }


@csrf_exempt
@require_http_methods(["GET", "POST"])
def authorize(request: TenantRequest) -> HttpResponse:
    try:
        asked = parameters.of(request)
        consumer = proven_consumer(request, asked)
        way = proven_way(request, asked, consumer)
    except Unreadable:
        return page(request, Unproven("unreadable", _("The request can't be read, or it is too long.")), "")
    except TooManyRequests as error:
        return too_many(request, error)
    except Unproven as refused:
        return page(request, refused, asked.get("client_id"))
    try:
        kept = keep(request, asked, consumer, way)
    except WireError as error:
        return refuse(request, asked, consumer, way, error)
    return go_on(request, kept)


# Before the redirect is proven


def proven_consumer(request: TenantRequest, asked: Parameters) -> Consumer:
    """Raises Unproven. To whoever only has a link, unknown, suspended and of another kind are the same."""
    key = asked.get("client_id")
    if not key:
        sentence = (
            _("The client_id is there more than once.")
            if "client_id" in asked.repeated
            else _("The client_id is missing.")
        )
        raise Unproven("client_id", sentence)
    client = Client(key[:255], b"", "none")
    wire = wire_request(request)
    admit(wire, client)
    consumer: Consumer | None = Consumer.objects.present().filter(client_id=key).first()
    reason = doubt_about(consumer)
    if reason or consumer is None:
        if consumer is None:
            note_failure(wire, client)
        raise Unproven(reason, _("No app with this client_id may ask people of this company."), consumer)
    return consumer


def doubt_about(consumer: Consumer | None) -> str:
    """Why an app can't ask anybody for anything."""
    if consumer is None:
        return UNKNOWN
    if consumer.state != "active":
        return "consumer_suspended"
    return "" if consumer.acts_for_people else "wrong_grant_type"


def proven_way(request: TenantRequest, asked: Parameters, consumer: Consumer) -> Way:
    """Where answers go, and how; a response mode that doesn't exist is found out later. Raises Unproven."""
    mode, state = asked.get("response_mode"), asked.get("state")
    if len(state) > LONGEST_STATE:
        raise Unproven("state_long", _("The state is too long."), consumer)
    redirect_uri = proven_redirect_uri(asked, consumer)
    return Way(redirect_uri, mode if mode == FORM_POST else QUERY, state, issuers.of(request))


def proven_redirect_uri(asked: Parameters, consumer: Consumer) -> str:
    """The very string that was asked for, if it is registered; the only one there is when none was. Raises Unproven."""
    registered = redirects.listed(consumer)
    if "redirect_uri" in asked.repeated:
        raise Unproven("redirect_repeated", _("The redirect_uri is there more than once."), consumer)
    uri = asked.get("redirect_uri")
    if not uri and "redirect_uri" not in asked.unreadable and len(registered) == 1:
        return registered[0]
    if not uri:
        raise Unproven("redirect_missing", _("The redirect_uri is missing."), consumer)
    if redirects.find(consumer, uri) is None:
        facts = {"part": redirects.difference(registered, uri), "asked": shown(uri)}
        sentence = _("The redirect_uri is not one of those registered for this app.")
        raise Unproven("redirect_differs", sentence, consumer, **facts)
    return uri


def shown(uri: str) -> str:
    """Of a redirect URI that is not registered, for the consumer's page: without its query, which may hold secrets."""
    return refusals.printable(uri.partition("#")[0].partition("?")[0], 160)


def page(request: TenantRequest, refused: Unproven, key: str) -> HttpResponse:
    failure = note(request, refused.consumer, refused.reason, key, refused.facts)
    # Of an app that can't ask anybody, not even that it exists.
    is_listed = refused.consumer is not None and not doubt_about(refused.consumer)
    context = {"problem": refused.sentence, "failure": failure, "is_listed": is_listed}
    return render(request, "oauth/refused.html", context, status=400)


def note(request: TenantRequest, consumer: Consumer | None, reason: str, key: str, facts: dict[str, str]) -> str:
    """For the consumer's Recent failures. Returns the reference to find it by."""
    pk, name = (consumer.pk, str(consumer)) if consumer else (None, "")
    return refusals.note_authorization(wire_request(request), request.tenant.pk, pk, name, key, reason, facts)


def wire_request(request: TenantRequest) -> WireRequest:
    """As much of it as throttle and log want to know."""
    wire = WireRequest(request.method or "GET", "authorize", request.tenant.slug, None, request.tenant.issuer)
    wire.address = getattr(request, "client_address", None)
    wire.request_id = getattr(request, "id", "")
    return wire


def too_many(request: HttpRequest, error: TooManyRequests) -> HttpResponse:
    answer = render(request, "429.html", status=429)
    for name, value in error.headers:
        answer[name] = value
    return answer


# Afterwards


def keep(request: TenantRequest, asked: Parameters, consumer: Consumer, way: Way) -> AuthorizationRequest:
    """The request as a row, once nothing is wrong with it. Raises WireError."""
    check_form(asked)
    check_response_type(asked)
    prompt = questions.prompt_of(asked)
    scopes = scopes_of(asked, consumer)
    challenge = pkce.challenge_of(asked, consumer, scopes)
    own = tokens.audience(way.issuer)
    wanted = resources.validate(asked.resources, own=own, known=resources.known()) if asked.resources else []
    fields = {
        "redirect_uri": way.redirect_uri,
        "response_mode": way.mode,
        "state": way.state,
        "scopes": sorted(scopes),
        "resources": wanted,
        "code_challenge": challenge,
        "nonce": questions.nonce_of(asked),
        "prompt": prompt_with_hint(request, asked, consumer, prompt),
        "max_age": questions.max_age_of(asked),
        "login_hint": questions.hint_of(asked),
        "language": questions.language_of(asked),
    }
    if not challenge:
        note_without_pkce(consumer)
    browser = secret_of(request) or requests.new_browser()
    kept = requests.keep(consumer, browser=browser, **fields)
    request.browser = browser  # type: ignore[attr-defined]
    return kept


def prompt_with_hint(request: TenantRequest, asked: Parameters, consumer: Consumer, prompt: list[str]) -> list[str]:
    """An ID token in the request names the person the app expects (OpenID Connect Core §3.1.2.2). If that is not who is
    signed in, or the token proves nothing, the person is asked which account they mean."""
    text = asked.get("id_token_hint")
    hint = id_tokens.subject_of_hint(text) if text else None
    if not text or (hint and request.user.is_authenticated and hint.is_of(person_of(request), consumer)):
        return prompt
    return sorted({*prompt, questions.SELECT_ACCOUNT})


def check_form(asked: Parameters) -> None:
    mode = asked.get("response_mode")
    if mode and mode not in authorize_response.MODES:
        raise InvalidRequest("The response_mode must be query or form_post.", detail="response_mode")
    if asked.repeated:
        raise InvalidRequest("A parameter is repeated.", detail="repeated")
    if asked.unreadable:
        raise InvalidRequest("A parameter can't be read.", detail="unreadable")
    for name, error in OBJECTS:
        if asked.get(name):
            raise error(detail="request_object")


def check_response_type(asked: Parameters) -> None:
    response_type = asked.get("response_type")
    if not response_type:
        raise InvalidRequest("The response_type is missing.", detail="response_type")
    if response_type != RESPONSE_TYPE:
        raise UnsupportedResponseType(detail="response_type")


def scopes_of(asked: Parameters, consumer: Consumer) -> Scopes:
    """Those asked for; without any, the consumer's default ones, else all it may get (PROTOCOL.md, choice 6). Raises
    InvalidScope: something unknown is never passed over, and nothing is never asked of a person."""
    ceiling = frozenset(consumer.ceiling)
    try:
        wanted = parse(asked.get("scope"))
    except MalformedScope:
        raise InvalidScope("The scope is malformed.", detail="scope_malformed") from None
    if wanted - ceiling - IDENTITY:
        raise InvalidScope("The consumer may not get a scope it asks for.", detail="scope_beyond_groups")
    scopes = wanted or frozenset(consumer.default_scopes) & (ceiling | IDENTITY) or ceiling
    if not consumer.issues_refresh_tokens:
        scopes -= {OFFLINE_ACCESS}
    if not granting.is_something(scopes):
        raise InvalidScope("There is nothing to ask the person for.", detail="no_scope_left")
    return scopes


def note_without_pkce(consumer: Consumer) -> None:
    """The log says once a day that an app still goes without."""
    lines = AuditEvent.objects.filter(object_type="consumer", object_id=str(consumer.pk), verb=WITHOUT_PKCE)
    if not lines.filter(at__gt=timezone.now() - timedelta(days=1)).exists():
        audit.record(WITHOUT_PKCE, consumer)


def refuse(request: TenantRequest, asked: Parameters, consumer: Consumer, way: Way, error: WireError) -> HttpResponse:
    """Back to the app; by itself only when it is known who sits there, or when the app asked for no page at all."""
    failure = note(request, consumer, error.detail or error.error, consumer.key, {})
    if request.user.is_authenticated or questions.is_silent(asked):
        return authorize_response.send(request, way, way.failure(error))
    with translation.override(questions.language_of(asked) or translation.get_language()):
        return authorize_response.held_back(request, way, error, str(consumer), failure)


def go_on(request: TenantRequest, kept: AuthorizationRequest) -> HttpResponse:
    answer = see_other(reverse("oauth:continue", args=[requests.reference(kept)]))
    remember(answer, request.browser)  # type: ignore[attr-defined]
    if kept.language and settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
        # Until the browser is closed, and only where nobody chose.
        answer.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, kept.language, secure=settings.IS_HTTPS, httponly=True, samesite="Lax"
        )
    return answer
