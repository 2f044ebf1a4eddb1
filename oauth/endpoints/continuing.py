"""From a kept authorization request to its answer: each page on the way (sign-in, re-authentication, choice of the
account, consent) returns here, and here is decided which comes next. Nothing of the request comes from a page: it is
found by a signed reference, and only for the browser that brought it."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import signing_in, stepup
from accounts.http import person_of
from accounts.signing_in import SignIn
from authorizations import codes, granting, requests
from authorizations.browser import allow_form_to, secret_of
from authorizations.models import Authorization, AuthorizationRequest, TokenFamily
from consumers import redirects
from consumers.models import Consumer
from oauth import authorize_response
from oauth.authorize_response import Way
from oauth.endpoints.authorize import Unproven, doubt_about, page
from oauth.errors import AccessDenied, ConsentRequired, InteractionRequired, LoginRequired, WireError
from oauth.redirecting import see_other
from oauth.rules import issuer as issuers
from oauth.rules.questions import CONSENT, LOGIN, NONE, SELECT_ACCOUNT
from tenants.context import platform_url
from tenants.middleware import TenantRequest
from tenants.models import Membership


@never_cache
@require_http_methods(["GET", "POST"])
def go_on(request: TenantRequest, reference: str) -> HttpResponse:
    try:
        kept = requests.find(request.tenant.pk, reference, secret_of(request))
    except requests.NoSuchRequest:
        return ended(request)
    if kept.device_code_id is not None or not kept.redirect_uri:
        raise Http404("a device's request")
    if kept.finished_at is not None:
        return ended(request, kept.consumer)
    way = Way(kept.redirect_uri, kept.response_mode, kept.state, issuers.of(request))
    try:
        check_still_good(kept)
        if request.method == "POST":
            return chosen(request, kept)
        return next_step(request, kept, way, reference)
    except Unproven as refused:
        return page(request, refused, kept.consumer.key)
    except WireError as error:
        return finish_with(request, kept, way, error)


def check_still_good(kept: AuthorizationRequest) -> None:
    """The app and its redirect URI as they are now, not as they were when it asked. Raises Unproven."""
    reason = doubt_about(kept.consumer)
    if reason or kept.consumer.deleted_at is not None:
        raise Unproven(reason or "consumer_deleted", _("No app with this client_id may ask people of this company."))
    if redirects.find(kept.consumer, kept.redirect_uri) is None:
        sentence = _("The redirect_uri is not one of those registered for this app.")
        raise Unproven("redirect_withdrawn", sentence, kept.consumer)


def next_step(request: TenantRequest, kept: AuthorizationRequest, way: Way, reference: str) -> HttpResponse:
    """Raises WireError for what goes back to the app."""
    if not request.user.is_authenticated:
        may_show(kept, LoginRequired)
        return to_sign_in(request, kept)
    person = person_of(request)
    membership = Membership.objects.active().select_related("user").filter(user=person).first()
    if membership is None:
        may_show(kept, InteractionRequired)
        return refused_person(request, kept)
    sign_in = signing_in.of(request)
    if must_choose(kept, person.pk, sign_in):
        may_show(kept, LoginRequired)
        return choice(request, kept)
    if kept.decided_at is not None:
        return finish(request, kept, way, after_post=sign_in.at >= kept.decided_at)
    if must_prove_again(kept, sign_in.at):
        may_show(kept, LoginRequired)
        return see_other(stepup.ask_and_return(request)["Location"])
    if not must_ask(kept, membership):
        try:
            return grant_and_finish(request, kept, way, membership, sign_in)
        except granting.NotAgreed:
            pass  # revoked in another tab, this very moment
    may_show(kept, ConsentRequired)
    return to_consent(kept, membership, reference)


def may_show(kept: AuthorizationRequest, otherwise: type[WireError]) -> None:
    """A page is needed: an app that asked for none (prompt=none) gets this error instead."""
    if NONE in kept.prompt:
        raise otherwise


# The person


def to_sign_in(request: HttpRequest, kept: AuthorizationRequest) -> HttpResponse:
    query = {"next": request.get_full_path()} | ({"login_hint": kept.login_hint} if kept.login_hint else {})
    return see_other(f"{platform_url('account_login')}?{urlencode(query)}")


def refused_person(request: HttpRequest, kept: AuthorizationRequest) -> HttpResponse:
    return render(request, "oauth/not_a_member.html", {"app": str(kept.consumer)}, status=403)


def must_choose(kept: AuthorizationRequest, person: int, sign_in: SignIn) -> bool:
    """Whether it is open which account is meant: another was shown the request or is in the app's hint, or the app
    wants the person to be asked and they didn't sign in for it just now."""
    if kept.user_id is not None:
        return kept.user_id != person
    return SELECT_ACCOUNT in kept.prompt and sign_in.at < kept.created_at


def choice(request: HttpRequest, kept: AuthorizationRequest) -> HttpResponse:
    is_decided = kept.decided_at is not None
    answer = render(request, "oauth/choose_account.html", {"app": str(kept.consumer), "is_decided": is_decided})
    allow_form_to(answer, kept.redirect_uri)
    return answer


def chosen(request: TenantRequest, kept: AuthorizationRequest) -> HttpResponse:
    """Somebody says that they are who is signed in, or that they are not. A request that is decided stays with whom
    decided it."""
    undecided = AuthorizationRequest.objects.filter(pk=kept.pk, decided_at=None)
    if "another" in request.POST:
        get_adapter(request).logout(request)
        undecided.update(user=None)
    elif request.user.is_authenticated:
        undecided.update(user=request.user)
    return see_other(request.get_full_path())


def must_prove_again(kept: AuthorizationRequest, signed_in_at: datetime) -> bool:
    """OpenID Connect Core §3.1.2.1: prompt=login, or a proof older than max_age allows, of which 0 is prompt=login."""
    age = 0 if LOGIN in kept.prompt else kept.max_age
    return age is not None and signed_in_at < kept.created_at - timedelta(seconds=age)


# Consent


def must_ask(kept: AuthorizationRequest, membership: Membership) -> bool:
    """Our own confidential apps need not ask. Public apps always do, for anybody can claim to be one (RFC 9700, OAuth
    2.1 §7.4); others do for what was not agreed to before."""
    consumer: Consumer = kept.consumer
    if CONSENT in kept.prompt:
        return True
    if consumer.skips_consent:
        return False
    return consumer.is_public or not agreed_before(kept, membership)


def agreed_before(kept: AuthorizationRequest, membership: Membership) -> bool:
    """Whether this person's yes covers all of it that can be given now and they didn't untick, for the same APIs."""
    given = earlier_yes(kept.consumer, membership)
    wanted = granting.grantable(kept.consumer, membership, kept.scopes)
    if given is None or not wanted - frozenset(given.declined_scopes) <= frozenset(given.scopes or ()):
        return False
    families = TokenFamily.objects.filter(authorization=given)
    return not kept.resources or any(set(kept.resources) <= set(family.resources) for family in families)


def earlier_yes(consumer: Consumer, membership: Membership) -> Authorization | None:
    found: Authorization | None = consumer.authorizations.live().filter(user=membership.user).first()
    return found


def to_consent(kept: AuthorizationRequest, membership: Membership, reference: str) -> HttpResponse:
    """Whom it is shown to is kept, so that nobody else's click can answer it."""
    AuthorizationRequest.objects.filter(pk=kept.pk, decided_at=None).update(user=membership.user)
    return see_other(reverse("consent", args=[reference]))


def grant_and_finish(
    request: TenantRequest, kept: AuthorizationRequest, way: Way, membership: Membership, sign_in: SignIn
) -> HttpResponse:
    """Without asking. Raises NotAgreed."""
    consumer: Consumer = kept.consumer
    given = earlier_yes(consumer, membership)
    scopes = frozenset(kept.scopes) - frozenset(given.declined_scopes if given else ())
    try:
        granting.grant(
            kept,
            membership=membership,
            scopes=scopes,
            sign_in=sign_in,
            keeps_end=True,
            only_as_before=not consumer.skips_consent,
        )
    except granting.AlreadyDecided:
        pass  # in another tab, by this person: the one who comes first gets the answer
    except granting.TooLate:
        return ended(request)
    except granting.NothingToGrant:
        raise AccessDenied("Of what the app asks for, the person may give nothing.") from None
    except granting.ConsumerGone:
        raise Unproven("consumer_suspended", _("No app with this client_id may ask people of this company.")) from None
    kept.refresh_from_db()
    return finish(request, kept, way, after_post=sign_in.at >= kept.created_at)


# The end


def finish(request: HttpRequest, kept: AuthorizationRequest, way: Way, *, after_post: bool = False) -> HttpResponse:
    """The one answer to a request that is decided."""
    if not take_end(kept):
        return ended(request, kept.consumer)
    if kept.is_denied:
        return authorize_response.send(request, way, way.failure(AccessDenied()), after_post=after_post)
    if must_prove_again(kept, kept.family.signed_in_at):
        # Somebody went to the consent page by its address, past the proof.
        return authorize_response.send(request, way, way.failure(LoginRequired()), after_post=after_post)
    code = codes.mint(kept.family, redirect_uri=kept.redirect_uri, code_challenge=kept.code_challenge)
    return authorize_response.send(request, way, way.success(code), after_post=after_post)


def finish_with(request: HttpRequest, kept: AuthorizationRequest, way: Way, error: WireError) -> HttpResponse:
    if not take_end(kept):
        return ended(request, kept.consumer)
    fresh = request.user.is_authenticated and signing_in.of(request).at >= kept.created_at
    return authorize_response.send(request, way, way.failure(error), after_post=fresh)


def take_end(kept: AuthorizationRequest) -> bool:
    """Whether it was us who ended it: of several tabs and clicks, one."""
    open_ones = AuthorizationRequest.objects.filter(pk=kept.pk, finished_at=None)
    return bool(open_ones.update(finished_at=timezone.now()) == 1)


def ended(request: HttpRequest, consumer: Consumer | None = None) -> HttpResponse:
    """The back button, a second click, another browser, or half an hour gone by."""
    context = {"app": str(consumer) if consumer else "", "url": consumer.url if consumer else ""}
    return render(request, "oauth/ended.html", context, status=200 if consumer else 400)
