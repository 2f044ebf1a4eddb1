"""The manners of our own API, shared by every resource: which scopes an operation needs, what a consumer may
hand on to others, the one shape of an error, and how lists are paged. REST framework reads this module while
its own views are being made, so nothing here may import those (permissions.resource does)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import IO, Any

from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404
from django.utils.encoding import force_str
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from oauth2_provider.contrib.rest_framework import TokenHasScope
from rest_framework import exceptions, serializers, status
from rest_framework.pagination import LimitOffsetPagination
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response

from permissions.models import PermissionGroup
from permissions.scopes import module_of, render
from tenants.context import current_tenant

LARGEST_BODY = 64 * 1024
MOST_ROWS = 200
# An OFFSET that PostgreSQL takes; nobody has as many rows.
FARTHEST = 2**31


# ---- Who may


class InsufficientScope(exceptions.APIException):
    """RFC 6750 §3.1: 403, and which scopes it takes."""

    status_code = status.HTTP_403_FORBIDDEN
    default_code = "insufficient_scope"

    def __init__(self, scopes: Iterable[str]) -> None:
        needed = render(scopes)
        super().__init__(_("This needs a token with the scope %(scope)s.") % {"scope": needed})
        self.auth_header = f'Bearer realm="api", error="insufficient_scope", scope="{needed}"'


class ScopePermission(TokenHasScope):  # type: ignore[misc]
    """A view says in `required_scopes` what each of its actions needs; an action that is not named is refused."""

    def has_permission(self, request: Request, view: Any) -> bool:
        bearer: Any = request.auth
        if bearer is None:
            return False
        needed = self.get_scopes(request, view)
        if not bearer.is_valid(needed):
            raise InsufficientScope(needed)
        return True

    def get_scopes(self, request: Request, view: Any) -> list[str]:
        action = getattr(view, "action", None)
        # A method that the address does not know ("metadata" is OPTIONS) is answered with 405.
        return list(view.required_scopes[action]) if action not in (None, "metadata") else []


class BeyondOwnPermissions(exceptions.APIException):
    """Whoever calls would give away what it does not have itself."""

    status_code = status.HTTP_403_FORBIDDEN
    default_code = "beyond_own_permissions"

    def __init__(self, scopes: Iterable[str]) -> None:
        super().__init__(
            _("Your token doesn't hold this, so you can't pass it on: %(scopes)s.") % {"scopes": render(scopes)}
        )


def refuse_beyond(request: Request, scopes: Iterable[str]) -> None:
    """No self-promotion: a caller hands on only scopes that its token carries and its own permission groups hold now,
    whether by a group, by another consumer's groups, or by that consumer's secret (its own included: a token that was
    narrowed must not mint what is wider). What sleeps in its groups, because its module is off, no token carries and
    it may hand on asleep; not for a person, who agreed to nothing of it. Raises BeyondOwnPermissions."""
    bearer: Any = request.auth
    held = bearer.scopes if bearer.user_id else bearer.scopes | _asleep(bearer)
    beyond = frozenset(scopes) - held
    if beyond:
        raise BeyondOwnPermissions(beyond)


def _asleep(bearer: Any) -> frozenset[str]:
    own = PermissionGroup.objects.filter(consumer_ties__consumer_id=bearer.consumer_id)
    modules = current_tenant().modules
    return frozenset(scope for group in own for scope in group.scopes if module_of(scope) not in modules)


# ---- What goes in and out


class BodyTooLarge(exceptions.APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "body_too_large"
    default_detail = gettext_lazy("The body may have 64 KB at most.")


class Conflict(exceptions.APIException):
    """What was asked for is right, but not in the state things are in."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "conflict"


class BoundedJSONParser(JSONParser):
    """JSON of a bounded size and depth."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        body = stream.read(LARGEST_BODY + 1)
        if len(body) > LARGEST_BODY:
            raise BodyTooLarge
        try:
            return json.loads(body.decode("utf-8"), parse_constant=refuse_constant)
        except (ValueError, RecursionError):
            raise exceptions.ParseError(_("The body is not valid JSON.")) from None


def refuse_constant(name: str) -> None:
    raise ValueError(name)


class Input(serializers.Serializer[Any]):
    """What a caller may send. An unknown field is an error: it would be a wish silently not granted."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            unknown = sorted(str(name) for name in data.keys() - self.fields.keys())
            if unknown:
                raise serializers.ValidationError({name[:60]: [_("There is no such field.")] for name in unknown[:20]})
        return super().to_internal_value(data)


class Output(serializers.Serializer[Any]):
    """What we answer: written out field by field."""


class Error(Output):
    """The shape of every error of the API."""

    error = serializers.CharField(help_text=gettext_lazy("A code for programs."))
    error_description = serializers.CharField(help_text=gettext_lazy("A sentence for people."))
    fields = serializers.DictField(  # type: ignore[assignment]
        child=serializers.ListField(child=serializers.CharField()),
        required=False,
        help_text=gettext_lazy("What is wrong with which field, when the request was not valid."),
    )


def error_response(exception: Exception) -> Response | None:
    """The answer for an exception of DRF or Django, None for one that is neither."""
    # ObjectDoesNotExist: it went between being found and being locked.
    if isinstance(exception, (Http404, ObjectDoesNotExist)):
        exception = exceptions.NotFound()
    if not isinstance(exception, exceptions.APIException):
        return None
    body: dict[str, Any] = {"error": code_of(exception), "error_description": sentence_of(exception)}
    if isinstance(exception, exceptions.ValidationError):
        body["fields"] = by_field(exception.detail)
    return Response(body, status=exception.status_code, headers=headers_of(exception))


def code_of(exception: exceptions.APIException) -> str:
    if isinstance(exception, (exceptions.ValidationError, exceptions.ParseError)):
        return "invalid_request"
    codes = exception.get_codes()
    return codes if isinstance(codes, str) else exception.default_code


def sentence_of(exception: exceptions.APIException) -> str:
    if isinstance(exception, exceptions.ValidationError):
        return _("The request is not valid.")
    return safe(exception.detail)


def headers_of(exception: exceptions.APIException) -> dict[str, str]:
    headers = {}
    if getattr(exception, "auth_header", None):
        headers["WWW-Authenticate"] = exception.auth_header  # type: ignore[attr-defined]
    if getattr(exception, "wait", None):
        headers["Retry-After"] = str(int(exception.wait))  # type: ignore[attr-defined]
    return headers


def by_field(detail: Any) -> dict[str, list[str]]:
    if not isinstance(detail, dict):
        return {"": sentences(detail)}
    return {"" if name == "non_field_errors" else safe(name): sentences(value) for name, value in detail.items()}


def sentences(detail: Any) -> list[str]:
    """All sentences of a nested error, once each."""
    if isinstance(detail, dict):
        detail = list(detail.values())
    if isinstance(detail, list):
        return list(dict.fromkeys(text for part in detail for text in sentences(part)))
    return [safe(detail)]


def safe(text: Any) -> str:
    """What somebody sent may be quoted in an error; half a surrogate pair can't be written as UTF-8."""
    return force_str(text).encode("utf-8", "replace").decode()


class Pages(LimitOffsetPagination):
    """?limit= and ?offset=."""

    default_limit = 50
    max_limit = MOST_ROWS

    def get_offset(self, request: Request) -> int:
        return min(super().get_offset(request), FARTHEST)
