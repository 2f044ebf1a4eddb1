"""Signing in on the way to an app: the sign-in pages say which app and company it is for.

What is shown comes from the request as we kept it, and only in the browser that brought it: an address that somebody
made up names nobody."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from allauth.account.internal.stagekit import unstash_login
from django.http import HttpRequest, HttpResponseBase
from django.urls import Resolver404, resolve

from authorizations import browser, requests
from authorizations.models import AuthorizationRequest
from tenants.context import tenant_scope
from tenants.middleware import PATH, TENANT_URLCONF
from tenants.models import Domain, Tenant

ON_THE_WAY = frozenset({"oauth:continue", "consent"})
LONGEST_PATH = 400


class Arriving:
    """What a sign-in page says of the request it is for. `company` is the tenant."""

    def __init__(self, kept: AuthorizationRequest, company: Tenant) -> None:
        self.kept, self.company = kept, company
        self.app = str(kept.consumer)


def on_the_way_to_an_app(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Around a page of django-allauth: `request.arriving` for its template. What may be posted from it stays with us:
    the last step to the app is a page of its own (oauth.authorize_response)."""

    @wraps(view)
    def told(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        request.arriving = of(request)  # type: ignore[attr-defined]
        return view(request, *args, **kwargs)

    return told


def of(request: HttpRequest) -> Arriving | None:
    """By where the sign-in leads. None for every other one."""
    secret = browser.secret_of(request)
    found = place(request, next_of(request)) if secret else None
    if found is None:
        return None
    company, reference = found
    with tenant_scope(company):
        try:
            kept = requests.find(company.pk, reference, secret)
        except requests.NoSuchRequest:
            return None
        return Arriving(kept, company) if kept.decided_at is None and kept.consumer.state == "active" else None


def next_of(request: HttpRequest) -> str:
    """Named by the page, or kept while a second factor is asked for."""
    named = request.POST.get("next") or request.GET.get("next")
    if named or request.user.is_authenticated:
        return named or ""
    login = unstash_login(request, peek=True)
    return (login and login.redirect_url) or ""


def place(request: HttpRequest, address: str) -> tuple[Tenant, str] | None:
    """The company and the reference of a path of ours that leads to an app's request."""
    path = address.partition("?")[0]
    if len(path) > LONGEST_PATH:
        return None
    if under := PATH.match(path):
        company, path = Tenant.objects.filter(slug=under["slug"]).first(), under["rest"] or "/"
    else:
        host = request.get_host().partition(":")[0].lower()
        domain = Domain.everywhere.select_related("tenant").filter(host=host).first()
        company = domain.tenant if domain else None
    try:
        match = resolve(path, TENANT_URLCONF)
    except Resolver404:
        return None
    if company is None or not company.is_active or match.view_name not in ON_THE_WAY:
        return None
    return company, match.kwargs["reference"]
