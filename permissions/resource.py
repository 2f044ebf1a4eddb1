"""The base of the API's views: one resource, its operations, its lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from permissions.rest import MOST_ROWS, Error, Input, Output
from tenants.middleware import TenantRequest
from tenants.models import Tenant

NOT_VALID = OpenApiResponse(Error, gettext_lazy("A field or parameter is missing or wrong."))
BEYOND = OpenApiResponse(Error, gettext_lazy("The scope is missing, or more would be given than the caller has."))
NOT_FOUND = OpenApiResponse(Error, gettext_lazy("The company has nothing with this id."))


class Described(AutoSchema):
    """Operations are described by what they say themselves, not by the docstring of their class."""

    def get_description(self) -> str:  # type: ignore[override]
        return ""


class Query(serializers.Serializer[Any]):
    """What every list takes in its URL."""

    limit = serializers.IntegerField(
        required=False, min_value=1, max_value=MOST_ROWS, default=50, help_text=gettext_lazy("Rows in the answer.")
    )
    offset = serializers.IntegerField(
        required=False, min_value=0, default=0, help_text=gettext_lazy("Rows to pass over.")
    )
    ordering = serializers.CharField(
        required=False, max_length=40, help_text=gettext_lazy("What to sort by; with - before it, descending.")
    )
    q = serializers.CharField(required=False, max_length=200, help_text=gettext_lazy("Text to search for."))


class Resource(GenericViewSet[Any]):
    """Base of the API's views. `required_scopes`: what each action needs; `orders`: what a list may be sorted by,
    {name: column}; `usual_order` is one of these names, with - for descending."""

    metadata_class = None
    request: Request
    required_scopes: ClassVar[Mapping[str, tuple[str, ...]]]
    orders: ClassVar[Mapping[str, str]] = {}
    usual_order: ClassVar[str] = ""

    @property
    def tenant(self) -> Tenant:
        request: TenantRequest = self.request._request  # type: ignore[assignment]
        return request.tenant

    @property
    def modules(self) -> Sequence[str]:
        """The modules the company has."""
        return self.tenant.modules

    def received(self, serializer: type[Input], *, partial: bool = False, **context: Any) -> dict[str, Any]:
        """The body, checked. Raises ValidationError."""
        form = serializer(data=self.request.data, partial=partial, context={**self.get_serializer_context(), **context})
        form.is_valid(raise_exception=True)
        return dict(form.validated_data)

    def asked(self, query: type[Query]) -> dict[str, Any]:
        """The URL's query, checked. Raises ValidationError."""
        form = query(data=self.request.query_params)
        form.is_valid(raise_exception=True)
        return dict(form.validated_data)

    def page(self, rows: Any, serializer: type[Output]) -> Response:
        found = self.paginate_queryset(self.ordered(rows))
        return self.get_paginated_response(self.shown(found, serializer, many=True))

    def shown(self, thing: Any, serializer: type[Output], *, many: bool = False) -> Any:
        return serializer(thing, many=many, context=self.get_serializer_context()).data

    def ordered(self, rows: Any) -> Any:
        asked = self.request.query_params.get("ordering") or self.usual_order
        name = asked.removeprefix("-")
        if name not in self.orders:
            known = ", ".join(self.orders)
            raise serializers.ValidationError({"ordering": [_("Sort by one of these: %(names)s.") % {"names": known}]})
        sign = "-" if asked.startswith("-") else ""
        return rows.order_by(f"{sign}{self.orders[name]}", f"{sign}pk")

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        answer = super().finalize_response(request, response, *args, **kwargs)
        answer["Cache-Control"] = "no-store"
        return answer
