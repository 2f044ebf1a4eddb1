"""/api/v1/authorizations: who has access, and cutting it off; the same functions as the App authorizations page."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy, pgettext_lazy
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from authorizations import granting
from authorizations.filters import ANY, EXPIRED, REVOKED, USES, AuthorizationFilter
from authorizations.models import Authorization
from consumers.models import Consumer
from consumers.rest import GRANT_TYPES
from permissions.object_access import visible_to_caller
from permissions.resource import NOT_FOUND, NOT_VALID, Query, Resource
from permissions.rest import Output
from tenants.models import Membership

TAGS: list[Any] = [gettext_lazy("App authorizations")]
LIVE = "live"
STATES = [
    (LIVE, gettext_lazy("Live")),
    (EXPIRED, pgettext_lazy("authorization", "Expired")),
    (REVOKED, gettext_lazy("Revoked")),
]


class ConsumerBrief(Output):
    id = serializers.IntegerField()
    client_id = serializers.CharField()
    name = serializers.CharField()


class PersonBrief(Output):
    id = serializers.IntegerField()
    name = serializers.CharField(source="get_full_name")
    email = serializers.CharField()


class AuthorizationOutput(Output):
    id = serializers.IntegerField()
    consumer = ConsumerBrief()
    user = PersonBrief(allow_null=True, help_text=gettext_lazy("null for client credentials."))
    grant_type = serializers.ChoiceField(choices=GRANT_TYPES, source="consumer.grant_type")
    scopes = serializers.SerializerMethodField(help_text=gettext_lazy("What it allows now."))
    state = serializers.ChoiceField(choices=STATES)
    granted_at = serializers.DateTimeField()
    last_accessed_at = serializers.DateTimeField(allow_null=True)
    last_accessed_address = serializers.IPAddressField(allow_null=True)
    expires_at = serializers.DateTimeField(
        allow_null=True, help_text=gettext_lazy("When it ends by itself, if the person chose so.")
    )
    revoked_at = serializers.DateTimeField(allow_null=True)

    def get_scopes(self, authorization: Authorization) -> list[str]:
        return sorted(authorization.effective_scopes)


class AuthorizationQuery(Query):
    state = serializers.ChoiceField(choices=[LIVE, EXPIRED, REVOKED, ANY], default=LIVE)
    consumer = serializers.CharField(
        required=False, max_length=255, help_text=gettext_lazy("Its key, or a part of its name.")
    )
    user = serializers.CharField(
        required=False, max_length=254, help_text=gettext_lazy("Their e-mail address, or a part of their name.")
    )
    grant_type = serializers.ChoiceField(choices=GRANT_TYPES, required=False)
    used = serializers.ChoiceField(choices=USES, required=False, help_text=gettext_lazy("When it was last accessed."))


class RevokedOutput(Output):
    revoked = serializers.IntegerField(help_text=gettext_lazy("How many authorizations ended."))


class AuthorizationResource(Resource):
    required_scopes = {
        "list": ("authorizations:view",),
        "retrieve": ("authorizations:view",),
        "destroy": ("authorizations:delete",),
        "destroy_all_of_consumer": ("authorizations:delete",),
        "destroy_all_of_user": ("authorizations:delete",),
    }
    orders = {"granted_at": "granted_at", "last_accessed_at": "last_accessed_at", "consumer": "consumer__name"}
    usual_order = "-granted_at"

    @extend_schema(
        operation_id="list_authorizations",
        summary=gettext_lazy("List app authorizations"),
        tags=TAGS,
        parameters=[AuthorizationQuery],
        responses={200: AuthorizationOutput(many=True), 400: NOT_VALID},
    )
    def list(self, request: Request) -> Response:
        asked = self.asked(AuthorizationQuery)
        if asked["state"] == LIVE:
            del asked["state"]
        if "grant_type" in asked:
            asked["grant_type"] = asked["grant_type"].replace("_", "-")
        return self.page(AuthorizationFilter(asked, queryset=rows(request)).qs, AuthorizationOutput)

    @extend_schema(
        operation_id="get_authorization",
        summary=gettext_lazy("Read one app authorization"),
        tags=TAGS,
        responses={200: AuthorizationOutput, 404: NOT_FOUND},
    )
    def retrieve(self, request: Request, pk: int) -> Response:
        return Response(self.shown(get_object_or_404(rows(request), pk=pk), AuthorizationOutput))

    @extend_schema(
        operation_id="revoke_authorization",
        summary=gettext_lazy("Revoke one app authorization"),
        description=gettext_lazy("Its tokens are refused from the next request on. Revoking twice changes nothing."),
        tags=TAGS,
        responses={204: None, 404: NOT_FOUND},
    )
    def destroy(self, request: Request, pk: int) -> Response:
        granting.revoke(get_object_or_404(rows(request), pk=pk))
        return Response(status=204)

    @extend_schema(
        operation_id="revoke_authorizations_of_consumer",
        summary=gettext_lazy("Revoke all app authorizations of a consumer"),
        tags=TAGS,
        responses={200: RevokedOutput, 404: NOT_FOUND},
    )
    def destroy_all_of_consumer(self, request: Request, pk: int) -> Response:
        consumer: Consumer = get_object_or_404(Consumer.objects.all(), pk=pk)
        return Response({"revoked": granting.revoke_all_for(consumer)})

    @extend_schema(
        operation_id="revoke_authorizations_of_user",
        summary=gettext_lazy("Revoke all app authorizations of a person"),
        description=gettext_lazy("Apps lose what this person let them do in this company, on every device."),
        tags=TAGS,
        responses={200: RevokedOutput, 404: NOT_FOUND},
    )
    def destroy_all_of_user(self, request: Request, pk: int) -> Response:
        member: Membership = get_object_or_404(Membership.objects.all(), user_id=pk)
        ended = granting.revoke_all_of(Authorization.objects.filter(user_id=member.user_id))
        return Response({"revoked": ended})


def rows(request: Request) -> Any:
    """Those that the caller may see."""
    bearer: Any = request.auth
    found = Authorization.objects.with_owners()
    if bearer.user_id is None:
        return found
    return found.filter(consumer__in=visible_to_caller(bearer, Consumer.objects.all()))
