"""The authorization endpoint of an app that serves many companies and doesn't know which its user means: the person
chooses the company, and the app's request goes on to that company's own endpoint as it came. Nothing is checked here
but who may choose what, and nothing is sent to the app from here."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.encoding import iri_to_uri
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts import signing_in
from accounts.platform import memberships_of
from consumers.models import Consumer
from oauth.authorize_response import going_on
from oauth.redirecting import see_other
from oauth.rules import parameters
from oauth.rules.parameters import Unreadable
from tenants.context import platform_url, tenant_scope
from tenants.models import Membership

# From the sign-in form back to here it is redirects alone.
STRAIGHT_BACK = timedelta(seconds=30)


@csrf_exempt
@require_http_methods(["GET", "POST"])
@never_cache
def authorize_somewhere(request: HttpRequest) -> HttpResponse:
    try:
        key = parameters.of(request).get("client_id")
    except Unreadable:
        return nowhere(request)
    query = query_of(request)
    if not request.user.is_authenticated:
        there = f"{platform_url('platform:authorize')}?{query}"
        return see_other(f"{platform_url('account_login')}?{urlencode({'next': there})}")
    places = [membership for membership in memberships_of(request) if key and is_registered(membership, key)]
    if not places:
        return nowhere(request)
    addresses = [f"{membership.tenant.path}/oauth/authorize?{query}" for membership in places]
    if len(places) == 1 and has_just_signed_in(request):
        # What comes of the request may be a redirect to the app, which the post of the sign-in form may not end in.
        return going_on(request, addresses[0], places[0].tenant.name)
    if len(places) == 1:
        return see_other(addresses[0])
    return render(request, "oauth/choose_company.html", {"places": list(zip(places, addresses, strict=True))})


def query_of(request: HttpRequest) -> str:
    """The request's parameters as they came, whichever way they did, without what an address can't have."""
    parts = [request.META.get("QUERY_STRING", ""), request.body.decode() if request.method == "POST" else ""]
    return iri_to_uri("&".join(part for part in parts if part))


def is_registered(membership: Membership, key: str) -> bool:
    with tenant_scope(membership.tenant):
        apps = Consumer.objects.present().filter(client_id=key, suspended_at=None)
        return bool(apps.filter(authorization_grant_type=Consumer.GRANT_AUTHORIZATION_CODE).exists())


def has_just_signed_in(request: HttpRequest) -> bool:
    return signing_in.of(request).at >= timezone.now() - STRAIGHT_BACK


def nowhere(request: HttpRequest) -> HttpResponse:
    return render(request, "oauth/no_company.html", status=400)
