"""From a URL or a host name to a company. The tenant's prefix moves from the path to the script name, so
that everything behind it reverses and redirects as if the company's site were mounted there."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import get_script_prefix, set_script_prefix
from django.utils import timezone

from tenants.audit import Origin, acting
from tenants.context import tenant_scope
from tenants.models import Domain, Membership, Tenant

PATH = re.compile(r"\A/t/(?P<slug>[a-z0-9-]{1,40})(?P<rest>/.*)?\Z", re.DOTALL)
TENANT_URLCONF = "config.tenant_urls"
# On a company's own host name these still belong to the platform.
PLATFORM_PATHS = ("/accounts/", "/static/", "/healthz", "/readyz", "/.well-known/")

type GetResponse = Callable[[HttpRequest], HttpResponseBase]


class TenantRequest(HttpRequest):
    """A request inside a company's site."""

    tenant: Tenant
    membership: Membership


class TenantMiddleware:
    """Resolves the company once and mounts its site; unknown companies answer 404."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.tenant = None  # type: ignore[attr-defined]
        prefix = get_script_prefix()
        try:
            mount(request)
            return self.get_response(request)
        finally:
            set_script_prefix(prefix)


class TenantScopeMiddleware:
    """Runs the view in its company's scope: one transaction, ended before the answer leaves."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: list[Any], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        tenant: Tenant | None = getattr(request, "tenant", None)
        if tenant is None:
            return None
        if not tenant.is_active and not getattr(view, "answers_when_suspended", False):
            return render(request, "errors/suspended.html", {"tenant": tenant}, status=403)
        source = Origin(person=lambda: person(request), address=request.client_address, request_id=request.id)  # type: ignore[attr-defined]
        with acting(source), tenant_scope(tenant), timezone.override(tenant.time_zone):
            response: HttpResponseBase = view(request, *args, **kwargs)
            # A late rendering (DRF, TemplateResponse) still reads the company's rows.
            render_now = getattr(response, "render", None)
            return render_now() if callable(render_now) else response


def mount(request: HttpRequest) -> None:
    """Point the request at its company's site. Raises Http404 for a company that does not exist."""
    found = PATH.match(request.path_info)
    if found:
        tenant = Tenant.objects.filter(slug=found["slug"]).first()
        if tenant is None:
            raise Http404("unknown company")
        script, rest = f"/t/{tenant.slug}", found["rest"] or "/"
    else:
        host = request.get_host().partition(":")[0].lower()
        if host in PLATFORM_HOSTS or request.path_info.startswith(PLATFORM_PATHS):
            return
        domain = Domain.everywhere.select_related("tenant").filter(host=host).first()
        if domain is None:
            return
        tenant, script, rest = domain.tenant, "", request.path_info
    request.tenant = tenant  # type: ignore[attr-defined]
    request.urlconf = TENANT_URLCONF
    request.META["SCRIPT_NAME"] = script
    request.path_info = rest
    set_script_prefix(f"{script}/")


def person(request: HttpRequest) -> Any:
    return request.user if request.user.is_authenticated else None


PLATFORM_HOSTS = frozenset(
    {"127.0.0.1", "localhost", "testserver", re.sub(r"^https?://|:\d+$", "", settings.GATEHOUSE_BASE_URL)}
)
