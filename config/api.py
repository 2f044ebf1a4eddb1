"""The management API's description (OpenAPI 3.1) and the page to read it, both made from the views themselves."""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from functools import cache
from typing import Any

from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from rest_framework.request import Request
from rest_framework.views import APIView

from config.api_reference import Reference
from permissions.rest import ScopePermission
from tenants.access import membership_of
from tenants.middleware import TENANT_URLCONF, TenantRequest
from tenants.models import Tenant

SECURITY = "oauth2"
PREFIX = "/api/v1/"


@require_safe
def schema(request: TenantRequest) -> HttpResponse:
    """For programs. Open to everybody: it says nothing about the company but its addresses."""
    return JsonResponse(described_for(request.tenant), json_dumps_params={"ensure_ascii": False})


@require_safe
def reference(request: TenantRequest) -> HttpResponse:
    """For people: members read it inside Settings, everybody else on a page of its own."""
    layout = "settings.html" if is_member(request) else "page.html"
    return render(request, "api/reference.html", {"api": Reference(described_for(request.tenant)), "layout": layout})


def is_member(request: TenantRequest) -> bool:
    try:
        return request.user.is_authenticated and bool(membership_of(request))
    except Http404:
        return False


class NotThere(APIView):
    """What is not an address of the API says so in the API's own words, to whoever holds a token."""

    required_scopes: dict[str, tuple[str, ...]] = {}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        raise Http404


def described_for(tenant: Tenant) -> dict[str, Any]:
    """The description with the addresses of one company."""
    found = deepcopy(description(get_language() or "en"))
    found["servers"] = [{"url": tenant.issuer, "description": tenant.name}]
    flow = found["components"]["securitySchemes"][SECURITY]["flows"]["clientCredentials"]
    flow["tokenUrl"] = f"{tenant.issuer}/oauth/token"
    return found


@cache
def description(language: str) -> dict[str, Any]:
    """Without any company, in the active language. Making it takes long, so it is made once."""
    generator: Any = SchemaGenerator(urlconf=TENANT_URLCONF)  # type: ignore[no-untyped-call]
    found: dict[str, Any] = generator.get_schema(public=True)
    found["info"]["title"] = _("Gatehouse management API")
    found["info"]["description"] = _(
        "Register OAuth consumers, manage their secrets and permission groups, see who has access and cut it off. "
        "Get a token with the client credentials grant and send it as “Authorization: Bearer …”."
    )
    found["components"]["securitySchemes"][SECURITY]["flows"]["clientCredentials"]["scopes"] = scopes_in(found)
    for operation in operations_of(found):
        add_common_answers(operation)
    return found


def scopes_in(found: dict[str, Any]) -> dict[str, str]:
    """All scopes that some operation needs, with what they let one do."""
    needed = {scope for operation in operations_of(found) for scope in operation["security"][0][SECURITY]}
    return {scope: sentence(scope) for scope in sorted(needed)}


def sentence(scope: str) -> str:
    module, _colon, action = scope.partition(":")
    nouns = {
        "consumers": _("OAuth consumers"),
        "permission_groups": _("Permission groups"),
        "authorizations": _("App authorizations"),
    }
    verbs = {"view": _("View"), "add": _("Add"), "edit": _("Edit"), "delete": _("Delete")}
    return f"{nouns[module]}: {verbs[action]}"


def operations_of(found: dict[str, Any]) -> Iterable[dict[str, Any]]:
    return (operation for path in found["paths"].values() for operation in path.values())


def add_common_answers(operation: dict[str, Any]) -> None:
    """What every operation can answer besides its own."""
    error = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    common = {"401": _("The token is missing, unknown, expired or revoked."), "403": _("The scope is missing.")}
    for status, text in common.items():
        operation["responses"].setdefault(status, {"description": text, "content": error})
    for answer in operation["responses"].values():
        answer["description"] = answer["description"] or _("Done.")
    operation["responses"] = dict(sorted(operation["responses"].items()))


def canonical_addresses(endpoints: list[tuple[str, str, str, Any]]) -> list[tuple[str, str, str, Any]]:
    """A hook of drf-spectacular: the API's resources, without their twins that end in a slash."""
    return [endpoint for endpoint in endpoints if endpoint[0].startswith(PREFIX) and not endpoint[0].endswith("/")]


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How a caller proves itself, and which scopes each operation needs."""

    target_class = "oauth.authentication.BearerAuthentication"
    name = SECURITY

    def get_security_requirement(self, auto_schema: Any) -> dict[str, list[str]]:
        return {self.name: ScopePermission().get_scopes(auto_schema.view.request, auto_schema.view)}

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": "", "scopes": {}}}}
