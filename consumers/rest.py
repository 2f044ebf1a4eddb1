"""/api/v1/consumers and their secrets: the same functions as the OAuth consumers page (consumers.registration)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from consumers import redirects, registration, rules
from consumers.models import Consumer, ConsumerSecret
from permissions.models import PermissionGroup
from permissions.object_access import visible_to_caller
from permissions.resource import BEYOND, NOT_FOUND, NOT_VALID, Query, Resource
from permissions.rest import Conflict, Error, Input, Output, refuse_beyond
from permissions.scopes import ceiling
from tenants.text import validate_visible

MOST_GROUPS = 100
LONGEST_EXPIRY = timedelta(days=3653)
CONSUMERS: list[Any] = [gettext_lazy("OAuth consumers")]
SECRETS: list[Any] = [gettext_lazy("Secrets")]
GRANT_TYPES = [(name.replace("-", "_"), label) for name, label in Consumer.GRANT_NAMES.items()]
STATES = [("active", gettext_lazy("Active")), ("suspended", gettext_lazy("Suspended"))]
CONFLICT = OpenApiResponse(Error, gettext_lazy("Too many secrets, or the only working one."))
SECRET_HELP = gettext_lazy("The secret. It is never shown again.")


class Addresses(serializers.ListField):
    """A list here, one per line in the row. A line feed in one would make it two, so it is refused by name.
    How many there may be is said by consumers.rules."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(child=serializers.CharField(max_length=redirects.LONGEST), **kwargs)

    def to_internal_value(self, data: Any) -> Any:
        found: list[str] = super().to_internal_value(data)
        if any("\n" in one for one in found):
            raise serializers.ValidationError(_("Write one address in each entry."))
        return "\n".join(dict.fromkeys(found))

    def to_representation(self, data: Any) -> list[Any]:
        return rules.lines(data)


class ConsumerInput(Input):
    name = serializers.CharField(max_length=80, validators=[validate_visible])
    description = serializers.CharField(max_length=240, required=False, allow_blank=True, validators=[validate_visible])
    permission_groups = serializers.ListField(
        child=serializers.IntegerField(min_value=1),
        allow_empty=False,
        max_length=MOST_GROUPS,
        help_text=gettext_lazy("The ids of its permission groups: it may ask for everything they allow."),
    )
    token_format = serializers.ChoiceField(choices=Consumer.TokenFormat.choices, required=False)
    access_token_seconds = serializers.IntegerField(
        min_value=900,
        max_value=7200,
        required=False,
        allow_null=True,
        help_text=gettext_lazy("How long its access tokens live; null: as long as the company's."),
    )
    token_endpoint_auth_method = serializers.ChoiceField(
        choices=Consumer.AuthMethod.choices, required=False, allow_blank=True
    )
    default_scopes = serializers.ListField(
        child=serializers.CharField(max_length=60),
        required=False,
        max_length=1000,
        help_text=gettext_lazy("What a token request without scope gets; empty: everything its groups allow."),
    )
    resource = serializers.CharField(
        max_length=200,
        required=False,
        allow_blank=True,
        help_text=gettext_lazy("Its identifier, if it is an API that tokens may be asked for (RFC 8707)."),
    )
    redirect_uris = Addresses(
        required=False, help_text=gettext_lazy("Where people may return to with an answer, compared as they are.")
    )
    url = serializers.CharField(max_length=400, required=False, allow_blank=True)
    privacy_policy_url = serializers.CharField(max_length=400, required=False, allow_blank=True)
    eula_url = serializers.CharField(max_length=400, required=False, allow_blank=True)
    skips_consent = serializers.BooleanField(
        required=False, help_text=gettext_lazy("Only for your own app with a secret.")
    )
    optional_scopes = serializers.ListField(
        child=serializers.CharField(max_length=60),
        required=False,
        max_length=1000,
        help_text=gettext_lazy("What a person may leave out when they allow the rest."),
    )
    issues_refresh_tokens = serializers.BooleanField(required=False)
    refresh_idle_seconds = serializers.IntegerField(
        min_value=1,
        max_value=2**31 - 1,
        required=False,
        allow_null=True,
        help_text=gettext_lazy("How long an unused refresh token lives; null: as long as the company's."),
    )
    refresh_absolute_seconds = serializers.IntegerField(
        min_value=1,
        max_value=2**31 - 1,
        required=False,
        allow_null=True,
        help_text=gettext_lazy("After how long a person signs in again; null: as the company has it."),
    )
    allows_device_flow = serializers.BooleanField(required=False)
    allowed_origins = Addresses(
        required=False, help_text=gettext_lazy("Sites whose scripts may call; only of public apps.")
    )
    post_logout_redirect_uris = Addresses(required=False)
    backchannel_logout_url = serializers.CharField(max_length=400, required=False, allow_blank=True)
    id_token_algorithm = serializers.ChoiceField(choices=Consumer.IDTokenAlgorithm.choices, required=False)
    pairwise_subject = serializers.BooleanField(required=False)
    legacy_without_pkce = serializers.BooleanField(
        required=False, help_text=gettext_lazy("Only for a confidential app that can't be mended.")
    )

    def validate_permission_groups(self, ids: Iterable[int]) -> list[PermissionGroup]:
        wanted = frozenset(ids)
        found = list(PermissionGroup.objects.filter(pk__in=wanted))
        if len(found) < len(wanted):
            raise serializers.ValidationError(_("Choose permission groups of this company."))
        return found

    def validate_access_token_seconds(self, seconds: int | None) -> int | None:
        most = self.context["view"].tenant.access_token_seconds
        if seconds is not None and seconds > most:
            raise serializers.ValidationError(_("The company allows %(most)s seconds at most.") % {"most": most})
        return seconds


class NewConsumerInput(ConsumerInput):
    """These three stay as they are made."""

    grant_type = serializers.ChoiceField(choices=GRANT_TYPES, default="client_credentials")
    client_type = serializers.ChoiceField(
        choices=Consumer.CLIENT_TYPES,
        default=Consumer.CLIENT_CONFIDENTIAL,
        help_text=gettext_lazy("public: a browser, mobile or command-line app, which has no secret."),
    )
    is_first_party = serializers.BooleanField(default=False)


class ConsumerOutput(Output):
    id = serializers.IntegerField()
    client_id = serializers.CharField(help_text=gettext_lazy("Its key."))
    name = serializers.CharField()
    description = serializers.CharField()
    grant_type = serializers.ChoiceField(choices=GRANT_TYPES)
    permission_groups = serializers.SerializerMethodField()
    scopes = serializers.SerializerMethodField(
        help_text=gettext_lazy("What it may ask for now: its groups, narrowed by the company's modules.")
    )
    token_format = serializers.ChoiceField(choices=Consumer.TokenFormat.choices)
    access_token_seconds = serializers.IntegerField(allow_null=True)
    token_endpoint_auth_method = serializers.ChoiceField(choices=Consumer.AuthMethod.choices, allow_blank=True)
    default_scopes = serializers.ListField(child=serializers.CharField())
    resource = serializers.CharField()
    client_type = serializers.ChoiceField(choices=Consumer.CLIENT_TYPES)
    is_first_party = serializers.BooleanField()
    skips_consent = serializers.BooleanField()
    redirect_uris = Addresses()
    url = serializers.CharField()
    privacy_policy_url = serializers.CharField()
    eula_url = serializers.CharField()
    optional_scopes = serializers.ListField(child=serializers.CharField())
    issues_refresh_tokens = serializers.BooleanField()
    refresh_idle_seconds = serializers.IntegerField(allow_null=True)
    refresh_absolute_seconds = serializers.IntegerField(allow_null=True)
    allows_device_flow = serializers.BooleanField()
    allowed_origins = Addresses()
    post_logout_redirect_uris = Addresses()
    backchannel_logout_url = serializers.CharField()
    id_token_algorithm = serializers.ChoiceField(choices=Consumer.IDTokenAlgorithm.choices)
    pairwise_subject = serializers.BooleanField()
    legacy_without_pkce = serializers.BooleanField()
    state = serializers.ChoiceField(choices=STATES)
    created_at = serializers.DateTimeField(source="created")
    updated_at = serializers.DateTimeField(source="updated")
    suspended_at = serializers.DateTimeField(allow_null=True)
    last_accessed_at = serializers.DateTimeField(allow_null=True)

    def get_permission_groups(self, consumer: Consumer) -> list[int]:
        return sorted(group.pk for group in consumer.groups.all())

    def get_scopes(self, consumer: Consumer) -> list[str]:
        return sorted(ceiling((group.scopes for group in consumer.groups.all()), self.context["view"].modules))


class NewConsumerOutput(ConsumerOutput):
    client_secret = serializers.CharField(help_text=SECRET_HELP, allow_null=True)


class ConsumerQuery(Query):
    state = serializers.ChoiceField(choices=STATES, required=False)
    grant_type = serializers.ChoiceField(choices=GRANT_TYPES, required=False)
    permission_group = serializers.IntegerField(required=False, min_value=1, help_text=gettext_lazy("Its id."))
    client_id = serializers.CharField(required=False, max_length=255)


class ConsumerResource(Resource):
    required_scopes = {
        "list": ("consumers:view",),
        "retrieve": ("consumers:view",),
        "create": ("consumers:add",),
        "partial_update": ("consumers:edit",),
        "destroy": ("consumers:delete",),
        "suspend": ("consumers:edit",),
        "resume": ("consumers:edit",),
    }
    orders = {
        "name": "name",
        "created_at": "created",
        "updated_at": "updated",
        "last_accessed_at": "last_accessed_at",
    }
    usual_order = "name"

    @extend_schema(
        operation_id="list_consumers",
        summary=gettext_lazy("List OAuth consumers"),
        tags=CONSUMERS,
        parameters=[ConsumerQuery],
        responses={200: ConsumerOutput(many=True), 400: NOT_VALID},
    )
    def list(self, request: Request) -> Response:
        asked = self.asked(ConsumerQuery)
        rows = consumers(request)
        if "q" in asked:
            rows = rows.filter(Q(name__icontains=asked["q"]) | Q(description__icontains=asked["q"]))
        if "state" in asked:
            rows = rows.filter(suspended_at__isnull=asked["state"] == "active")
        if "grant_type" in asked:
            rows = rows.filter(authorization_grant_type=asked["grant_type"].replace("_", "-"))
        if "permission_group" in asked:
            rows = rows.filter(group_ties__group=asked["permission_group"])
        if "client_id" in asked:
            rows = rows.filter(client_id=asked["client_id"])
        return self.page(rows, ConsumerOutput)

    @extend_schema(
        operation_id="get_consumer",
        summary=gettext_lazy("Read one OAuth consumer"),
        tags=CONSUMERS,
        responses={200: ConsumerOutput, 404: NOT_FOUND},
    )
    def retrieve(self, request: Request, pk: int) -> Response:
        return self.answer(pk)

    @extend_schema(
        operation_id="register_consumer",
        summary=gettext_lazy("Register an OAuth consumer"),
        description=gettext_lazy(
            "The answer holds its secret, this once; null for a public app. A logo is uploaded on the consumer's page."
        ),
        tags=CONSUMERS,
        request=NewConsumerInput,
        responses={201: NewConsumerOutput, 400: NOT_VALID, 403: BEYOND},
    )
    def create(self, request: Request) -> Response:
        wanted = self.received(NewConsumerInput)
        groups = wanted.pop("permission_groups")
        refuse_beyond(request, scopes_of(groups))
        grant_type = wanted.pop("grant_type").replace("_", "-")
        made, minted = attempt(registration.register_consumer, groups=groups, grant_type=grant_type, **wanted)
        shown = {**self.shown(self.found(made.pk), ConsumerOutput), "client_secret": minted.shown if minted else None}
        return Response(shown, status=201, headers={"Location": reverse("api:consumer", args=[made.pk])})

    @extend_schema(
        operation_id="amend_consumer",
        summary=gettext_lazy("Change an OAuth consumer"),
        description=gettext_lazy("Only the fields that are sent change. Tokens issued already follow at once."),
        tags=CONSUMERS,
        request=ConsumerInput(partial=True),
        responses={200: ConsumerOutput, 400: NOT_VALID, 403: BEYOND, 404: NOT_FOUND},
    )
    def partial_update(self, request: Request, pk: int) -> Response:
        consumer = self.found(pk)
        wanted = self.received(ConsumerInput, consumer=consumer, partial=True)
        groups = wanted.pop("permission_groups", None)
        held = scopes_of(consumer.groups.all())
        if registration.opens(consumer, wanted):
            refuse_beyond(request, held)
        if groups is not None:
            refuse_beyond(request, scopes_of(groups) - held)
        attempt(registration.amend_consumer, consumer, groups=groups, **wanted)
        return self.answer(pk)

    @extend_schema(
        operation_id="delete_consumer",
        summary=gettext_lazy("Delete an OAuth consumer"),
        description=gettext_lazy("It can't come back: its secrets are erased and its authorizations revoked."),
        tags=CONSUMERS,
        responses={204: None, 404: NOT_FOUND},
    )
    def destroy(self, request: Request, pk: int) -> Response:
        registration.delete_consumer(self.found(pk))
        return Response(status=204)

    @extend_schema(
        operation_id="suspend_consumer",
        summary=gettext_lazy("Suspend an OAuth consumer"),
        description=gettext_lazy("It keeps everything, gets no token, and its tokens are not accepted."),
        tags=CONSUMERS,
        request=None,
        responses={200: ConsumerOutput, 404: NOT_FOUND},
    )
    def suspend(self, request: Request, pk: int) -> Response:
        registration.suspend_consumer(self.found(pk))
        return self.answer(pk)

    @extend_schema(
        operation_id="resume_consumer",
        summary=gettext_lazy("Resume an OAuth consumer"),
        tags=CONSUMERS,
        responses={200: ConsumerOutput, 403: BEYOND, 404: NOT_FOUND},
    )
    def resume(self, request: Request, pk: int) -> Response:
        consumer = self.found(pk)
        refuse_beyond(request, scopes_of(consumer.groups.all()))
        registration.resume_consumer(consumer)
        return self.answer(pk)

    def found(self, pk: int) -> Consumer:
        consumer: Consumer = get_object_or_404(consumers(self.request), pk=pk)
        return consumer

    def answer(self, pk: int) -> Response:
        """The consumer as it is now."""
        return Response(self.shown(self.found(pk), ConsumerOutput))


class SecretInput(Input):
    name = serializers.CharField(max_length=80, validators=[validate_visible])
    expires_at = serializers.DateTimeField(
        required=False, allow_null=True, help_text=gettext_lazy("When it stops working; null: when it is retired.")
    )

    def validate_expires_at(self, moment: Any) -> Any:
        now = timezone.now()
        if moment is not None and not now < moment <= now + LONGEST_EXPIRY:
            raise serializers.ValidationError(_("Choose a moment between now and ten years from now."))
        return moment


class SecretOutput(Output):
    id = serializers.IntegerField()
    name = serializers.CharField()
    last_four = serializers.CharField(help_text=gettext_lazy("The last four characters of the secret."))
    state = serializers.ChoiceField(
        choices=[
            ("active", gettext_lazy("Active")),
            ("expired", gettext_lazy("Expired")),
            ("retired", pgettext_lazy("secret", "Retired")),
        ]
    )
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    last_used_at = serializers.DateTimeField(allow_null=True)
    retired_at = serializers.DateTimeField(allow_null=True)


class NewSecretOutput(SecretOutput):
    client_secret = serializers.CharField(help_text=SECRET_HELP)


class SecretResource(Resource):
    """A secret lets whoever holds it be the consumer, so adding one counts as passing its scopes on."""

    required_scopes = {
        "list": ("consumers:view",),
        "create": ("consumers:edit",),
        "destroy": ("consumers:edit",),
    }
    orders = {"name": "name", "created_at": "created_at", "last_used_at": "last_used_at"}
    usual_order = "-created_at"

    @extend_schema(
        operation_id="list_secrets",
        summary=gettext_lazy("List a consumer's secrets"),
        description=gettext_lazy("Never the secrets themselves."),
        tags=SECRETS,
        parameters=[Query],
        responses={200: SecretOutput(many=True), 400: NOT_VALID, 404: NOT_FOUND},
    )
    def list(self, request: Request, consumer_id: int) -> Response:
        asked = self.asked(Query)
        rows = self.consumer(consumer_id).secrets.all()
        return self.page(rows.filter(name__icontains=asked["q"]) if "q" in asked else rows, SecretOutput)

    @extend_schema(
        operation_id="add_secret",
        summary=gettext_lazy("Add a secret"),
        description=gettext_lazy("The answer holds it, this once."),
        tags=SECRETS,
        request=SecretInput,
        responses={201: NewSecretOutput, 400: NOT_VALID, 403: BEYOND, 404: NOT_FOUND, 409: CONFLICT},
    )
    def create(self, request: Request, consumer_id: int) -> Response:
        consumer = self.consumer(consumer_id)
        wanted = self.received(SecretInput)
        refuse_beyond(request, scopes_of(consumer.groups.all()))
        try:
            secret, minted = registration.add_secret(consumer, **wanted)
        except registration.NoSecrets:
            raise Conflict(_("A public app has no secret to authenticate with."), "public_client") from None
        except registration.NameTaken:
            raise name_taken(_("This consumer has a secret of this name already.")) from None
        except registration.SecretLimitReached:
            most = _("A consumer has %(most)s working secrets at most. Retire one first.")
            raise Conflict(most % {"most": registration.MOST_SECRETS}, "secret_limit_reached") from None
        return Response({**self.shown(secret, SecretOutput), "client_secret": minted.shown}, status=201)

    @extend_schema(
        operation_id="retire_secret",
        summary=gettext_lazy("Retire a secret"),
        tags=SECRETS,
        responses={204: None, 404: NOT_FOUND, 409: CONFLICT},
    )
    def destroy(self, request: Request, consumer_id: int, pk: int) -> Response:
        secret: ConsumerSecret = get_object_or_404(self.consumer(consumer_id).secrets.all(), pk=pk)
        try:
            registration.retire_secret(secret)
        except registration.LastSecret:
            only = _("The only working secret can't be retired. Add its successor first, or suspend the consumer.")
            raise Conflict(only, "last_secret") from None
        return Response(status=204)

    def consumer(self, pk: int) -> Consumer:
        found: Consumer = get_object_or_404(consumers(self.request), pk=pk)
        return found


def consumers(request: Request) -> Any:
    """The consumers that the caller may see, with all that ConsumerOutput shows."""
    return visible_to_caller(request.auth, Consumer.objects.present().for_list().prefetch_related("groups"))


def scopes_of(groups: Iterable[PermissionGroup]) -> frozenset[str]:
    return frozenset(scope for group in groups for scope in group.scopes)


def attempt(verb: Any, *args: Any, **wanted: Any) -> Any:
    """What registration refuses, said at the field."""
    try:
        return verb(*args, **wanted)
    except ValidationError as refused:
        raise serializers.ValidationError(refused.message_dict) from None
    except registration.NameTaken:
        raise name_taken(_("Another OAuth consumer of this company has this name.")) from None
    except registration.GroupGone:
        gone = _("Choose permission groups of this company.")
        raise serializers.ValidationError({"permission_groups": [gone]}) from None


def name_taken(sentence: str) -> serializers.ValidationError:
    return serializers.ValidationError({"name": [sentence]})
