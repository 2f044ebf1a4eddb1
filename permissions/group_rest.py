"""/api/v1/permission-groups: the same functions as the Permissions page (permissions.groups)."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from permissions import groups
from permissions.models import PermissionGroup
from permissions.resource import BEYOND, NOT_FOUND, NOT_VALID, Query, Resource
from permissions.rest import Input, Output, refuse_beyond
from tenants.text import validate_visible

MOST_SCOPES = 1000
TAGS: list[Any] = [gettext_lazy("Permission groups")]


class GroupInput(Input):
    name = serializers.CharField(max_length=80, validators=[validate_visible])
    description = serializers.CharField(max_length=240, required=False, allow_blank=True, validators=[validate_visible])
    is_read_only = serializers.BooleanField(
        required=False, help_text=gettext_lazy("It may only view and generate reports.")
    )
    scopes = serializers.ListField(
        child=serializers.CharField(max_length=60),
        max_length=MOST_SCOPES,
        help_text=gettext_lazy("What it allows, as module:action."),
    )


class GroupOutput(Output):
    id = serializers.IntegerField()
    name = serializers.CharField()
    description = serializers.CharField()
    is_read_only = serializers.BooleanField()
    scopes = serializers.ListField(child=serializers.CharField())
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class GroupResource(Resource):
    required_scopes = {
        "list": ("permission_groups:view",),
        "retrieve": ("permission_groups:view",),
        "create": ("permission_groups:add",),
        "partial_update": ("permission_groups:edit",),
        "destroy": ("permission_groups:delete",),
    }
    orders = {"name": "name", "created_at": "created_at", "updated_at": "updated_at"}
    usual_order = "name"

    @extend_schema(
        operation_id="list_permission_groups",
        summary=gettext_lazy("List permission groups"),
        tags=TAGS,
        parameters=[Query],
        responses={200: GroupOutput(many=True), 400: NOT_VALID},
    )
    def list(self, request: Request) -> Response:
        asked = self.asked(Query)
        rows = PermissionGroup.objects.all()
        if "q" in asked:
            rows = rows.filter(Q(name__icontains=asked["q"]) | Q(description__icontains=asked["q"]))
        return self.page(rows, GroupOutput)

    @extend_schema(
        operation_id="get_permission_group",
        summary=gettext_lazy("Read one permission group"),
        tags=TAGS,
        responses={200: GroupOutput, 404: NOT_FOUND},
    )
    def retrieve(self, request: Request, pk: int) -> Response:
        return Response(self.shown(self.found(pk), GroupOutput))

    @extend_schema(
        operation_id="create_permission_group",
        summary=gettext_lazy("Make a permission group"),
        tags=TAGS,
        request=GroupInput,
        responses={201: GroupOutput, 400: NOT_VALID, 403: BEYOND},
    )
    def create(self, request: Request) -> Response:
        wanted = self.received(GroupInput)
        refuse_beyond(request, wanted["scopes"])
        group = self.attempt(groups.create_group, **wanted)
        location = reverse("api:permission-group", args=[group.pk])
        return Response(self.shown(group, GroupOutput), status=201, headers={"Location": location})

    @extend_schema(
        operation_id="amend_permission_group",
        summary=gettext_lazy("Change a permission group"),
        description=gettext_lazy("Only the fields that are sent change. Tokens issued already follow at once."),
        tags=TAGS,
        request=GroupInput(partial=True),
        responses={200: GroupOutput, 400: NOT_VALID, 403: BEYOND, 404: NOT_FOUND},
    )
    def partial_update(self, request: Request, pk: int) -> Response:
        group = self.found(pk)
        wanted = self.received(GroupInput, partial=True)
        refuse_beyond(request, set(wanted.get("scopes", ())) - set(group.scopes))
        return Response(self.shown(self.attempt(groups.amend_group, group, **wanted), GroupOutput))

    @extend_schema(
        operation_id="delete_permission_group",
        summary=gettext_lazy("Delete a permission group"),
        description=gettext_lazy("Consumers and members that have it lose at once what only it allowed."),
        tags=TAGS,
        responses={204: None, 404: NOT_FOUND},
    )
    def destroy(self, request: Request, pk: int) -> Response:
        groups.delete_group(self.found(pk))
        return Response(status=204)

    def found(self, pk: int) -> PermissionGroup:
        group: PermissionGroup = get_object_or_404(PermissionGroup.objects.all(), pk=pk)
        return group

    def attempt(self, verb: Any, *args: Any, **wanted: Any) -> PermissionGroup:
        """What the group functions refuse, said at the field."""
        try:
            group: PermissionGroup = verb(*args, **wanted)
        except groups.NameTaken:
            taken = _("Another permission group of this company has this name.")
            raise serializers.ValidationError({"name": [taken]}) from None
        except groups.ScopesRefused as refusal:
            raise serializers.ValidationError({"scopes": [str(refusal)]}) from None
        return group
