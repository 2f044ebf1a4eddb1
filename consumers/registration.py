"""The life of a consumer: register, amend, suspend, resume, delete, and its secrets. One function behind
the form, the API and (later) dynamic registration; each is one transaction with its audit line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from copy import copy
from datetime import datetime
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from consumers import credentials, rules
from consumers.models import Consumer, ConsumerGroup, ConsumerSecret
from permissions.models import PermissionGroup
from tenants import audit
from tenants.context import current_tenant

MOST_SECRETS = 5
AMENDABLE = frozenset(
    {
        "name",
        "description",
        "token_format",
        "access_token_seconds",
        "token_endpoint_auth_method",
        "default_scopes",
        "optional_scopes",
        "resource",
        "redirect_uris",
        "post_logout_redirect_uris",
        "allowed_origins",
        "url",
        "privacy_policy_url",
        "eula_url",
        "skips_consent",
        "issues_refresh_tokens",
        "refresh_idle_seconds",
        "refresh_absolute_seconds",
        "allows_device_flow",
        "legacy_without_pkce",
        "pairwise_subject",
        "id_token_algorithm",
        "backchannel_logout_url",
    }
)
# Who sets one of these can come to receive what the app may do for people, as with a secret of it.
OPENING = frozenset({"redirect_uris", "allowed_origins", "allows_device_flow", "legacy_without_pkce", "skips_consent"})


class NameTaken(Exception):
    """Another consumer of the company, or another working secret of the consumer, has this name."""


class GroupGone(Exception):
    """A permission group was deleted by somebody else after it was chosen."""


class KeyTaken(Exception):
    """The company has, or had, a consumer with this key."""


class NoSecrets(Exception):
    """A public app has none: whoever has the app would have it (RFC 6749 §2.1)."""


class SecretLimitReached(Exception):
    """The consumer has MOST_SECRETS working secrets; retire one first."""


class LastSecret(Exception):
    """The consumer's only working secret can't be retired: add its successor first, or suspend the consumer."""


@transaction.atomic
def register_consumer(
    *,
    name: str,
    groups: Iterable[PermissionGroup],
    by: Any = None,
    grant_type: str = Consumer.GRANT_CLIENT_CREDENTIALS,
    client_type: str = Consumer.CLIENT_CONFIDENTIAL,
    is_first_party: bool = False,
    secret_name: str = "",
    key: str = "",
    **fields: Any,
) -> tuple[Consumer, credentials.Minted | None]:
    """Make a consumer with its groups, first secret (unless it is public) and, for client credentials, its
    Authorization. Returns it with the secret that is shown once. Grant type, client type and whose app it is stay as
    they are made; `fields` are of AMENDABLE; `key` is for an app that another company knows already. Raises
    ValidationError (by field), NameTaken, KeyTaken, GroupGone."""
    refuse_unknown(fields)
    groups = list(groups)
    consumer = Consumer(
        tenant_id=current_tenant().pk,
        name=name,
        client_id=key or credentials.mint_key(),
        authorization_grant_type=grant_type,
        client_type=client_type,
        is_first_party=is_first_party,
        created_by=by,
        **fields,
    )
    rules.check(consumer, held_by(groups), {*fields, "groups", "client_type", "is_first_party", "redirect_uris"})
    with unique():
        consumer.save(force_insert=True)
    set_groups(consumer, groups)
    minted = None if consumer.is_public else mint_secret(consumer, name=secret_name or "default", by=by)[1]
    if grant_type == Consumer.GRANT_CLIENT_CREDENTIALS:
        consumer.authorizations.create(tenant_id=consumer.tenant_id, granted_by=by)
    audit.record("consumer.registered", consumer, after=describe(consumer), by=by)
    return consumer, minted


@transaction.atomic
def amend_consumer(
    consumer: Consumer, *, by: Any = None, groups: Iterable[PermissionGroup] | None = None, **fields: Any
) -> Consumer:
    """Change what may change (AMENDABLE, groups). The grant type can't: tokens were promised under it; neither can the
    client type nor whose app it is: people said yes to that. Raises ValidationError (by field), NameTaken, GroupGone.
    """
    refuse_unknown(fields)
    if groups is not None:
        groups = list(groups)
        hold_groups(consumer, groups)
    consumer = locked(consumer)
    before = describe(consumer)
    consumer = amended(consumer, fields)
    held = held_by(consumer.groups.all() if groups is None else groups)
    rules.check(consumer, held, fields.keys() | (set() if groups is None else {"groups"}))
    if fields:
        with unique():
            consumer.save(update_fields=[*fields, "updated"])
    if groups is not None:
        set_groups(consumer, groups)
    old, new = audit.changes(before, describe(consumer))
    if new:
        audit.record("consumer.amended", consumer, before=old, after=new, by=by)
    return consumer


@transaction.atomic
def suspend_consumer(consumer: Consumer, *, by: Any = None) -> Consumer:
    """Keep everything, issue and accept nothing. Suspending twice changes nothing."""
    consumer = locked(consumer)
    if consumer.suspended_at is None:
        consumer.suspended_at, consumer.suspended_by = timezone.now(), by
        consumer.save(update_fields=["suspended_at", "suspended_by", "updated"])
        audit.record("consumer.suspended", consumer, by=by)
    return consumer


@transaction.atomic
def resume_consumer(consumer: Consumer, *, by: Any = None) -> Consumer:
    consumer = locked(consumer)
    if consumer.suspended_at is not None:
        consumer.suspended_at = consumer.suspended_by = None
        consumer.save(update_fields=["suspended_at", "suspended_by", "updated"])
        audit.record("consumer.resumed", consumer, by=by)
    return consumer


@transaction.atomic
def delete_consumer(consumer: Consumer, *, by: Any = None) -> None:
    """End it for good: authorizations revoked, secrets erased, groups released. The row stays, unseen, so
    that the log and expiring tokens have something to point at; its name is free again."""
    hold([consumer], authorizations=True)
    groups = describe(consumer)["groups"]
    consumer.group_ties.all().delete()
    consumer = locked(consumer)
    if consumer.deleted_at is not None:
        return
    audit.record("consumer.deleted", consumer, before={**describe(consumer), "groups": groups}, by=by)
    consumer.authorizations.all().end(by=by)
    consumer.secrets.all().delete()
    consumer.deleted_at, consumer.deleted_by = timezone.now(), by
    consumer.save(update_fields=["deleted_at", "deleted_by", "updated"])


@transaction.atomic
def add_secret(
    consumer: Consumer, *, name: str, expires_at: datetime | None = None, by: Any = None
) -> tuple[ConsumerSecret, credentials.Minted]:
    """A further secret. Raises NoSecrets, SecretLimitReached or NameTaken."""
    if consumer.is_public:
        raise NoSecrets
    consumer = locked(consumer)
    if consumer.secrets.working().count() >= MOST_SECRETS:
        raise SecretLimitReached
    with unique():
        secret, minted = mint_secret(consumer, name=name, expires_at=expires_at, by=by)
    audit.record("consumer.secret_added", consumer, after=describe_secret(secret), by=by)
    return secret, minted


@transaction.atomic
def retire_secret(secret: ConsumerSecret, *, by: Any = None) -> ConsumerSecret:
    """End one secret. Raises LastSecret for the only working one."""
    consumer = locked(secret.consumer)
    secret.refresh_from_db()
    if secret.state == "retired":
        return secret
    if secret.state == "active" and consumer.secrets.working().count() == 1:
        raise LastSecret
    secret.retired_at, secret.retired_by = timezone.now(), by
    secret.save(update_fields=["retired_at", "retired_by"])
    audit.record("consumer.secret_retired", consumer, before=describe_secret(secret), by=by)
    return secret


def mint_secret(
    consumer: Consumer, *, name: str, expires_at: datetime | None = None, by: Any = None
) -> tuple[ConsumerSecret, credentials.Minted]:
    minted = credentials.mint(credentials.SECRET)
    secret = consumer.secrets.create(
        tenant_id=consumer.tenant_id,
        name=name,
        digest=minted.digest,
        last_four=minted.shown[-4:],
        expires_at=expires_at,
        created_by=by,
    )
    return secret, minted


def set_groups(consumer: Consumer, groups: Iterable[PermissionGroup]) -> None:
    """Raises GroupGone."""
    wanted = {group.pk for group in groups}
    consumer.group_ties.exclude(group_id__in=wanted).delete()
    present = set(consumer.group_ties.values_list("group_id", flat=True))
    ties = [
        ConsumerGroup(tenant_id=consumer.tenant_id, consumer=consumer, group_id=group_id)
        for group_id in sorted(wanted - present)
    ]
    try:
        with transaction.atomic():
            ConsumerGroup.objects.bulk_create(ties)
            # Now, not at the end of the request, where nobody could say it in our words.
            connection.check_constraints()
    except IntegrityError as error:
        raise GroupGone from error


def hold(consumers: Iterable[Consumer], *, authorizations: bool = False) -> None:
    """Before several are changed, each with its line in the log: all of them with their groups, and their
    authorizations where those end too, in the order in which everybody takes them. Else somebody who holds one and goes
    on to the log would wait for us while we wait for them."""
    ids = [consumer.pk for consumer in consumers]
    ties = ConsumerGroup.objects.filter(consumer__in=ids)
    PermissionGroup.objects.hold(set(ties.values_list("group_id", flat=True)))
    list(Consumer.objects.filter(pk__in=ids).for_update().order_by("pk"))
    if authorizations:
        # The layer above is reached by name.
        live = apps.get_model("authorizations", "Authorization").objects.live().filter(consumer__in=ids)
        list(live.for_update().order_by("pk").values_list("pk", flat=True))


def hold_groups(consumer: Consumer, wanted: Iterable[PermissionGroup]) -> None:
    """Groups and modules before consumers, as a change of either takes them (migration 0004): else the two could wait
    for each other."""
    held = set(consumer.group_ties.values_list("group_id", flat=True))
    PermissionGroup.objects.hold({group.pk for group in wanted} | held)


def locked(consumer: Consumer) -> Consumer:
    """The row as it is now, held until the transaction ends: two editors take turns."""
    found: Consumer = Consumer.objects.select_for_update(no_key=True).get(pk=consumer.pk)
    return found


def amended(consumer: Consumer, fields: dict[str, Any]) -> Consumer:
    """A copy as it would be with these; not saved."""
    draft = copy(consumer)
    for field, value in fields.items():
        setattr(draft, field, value)
    return draft


def held_by(groups: Iterable[PermissionGroup]) -> frozenset[str]:
    return frozenset(scope for group in groups for scope in group.scopes)


@contextmanager
def unique() -> Iterator[None]:
    """Two who choose a name at the same moment: the database decides, the second hears it in our words."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if "name_once" in str(error):
            raise NameTaken from error
        if "key_once" in str(error):
            raise KeyTaken from error
        if "resource_once" in str(error):
            raise ValidationError({"resource": [rules.resource_taken()]}) from error
        raise


def opens(consumer: Consumer, fields: dict[str, Any]) -> bool:
    """Whether setting these changes one of OPENING."""
    return any(fields[name] != getattr(consumer, name) for name in OPENING & fields.keys())


def refuse_unknown(fields: dict[str, Any]) -> None:
    unknown = fields.keys() - AMENDABLE
    if unknown:
        raise TypeError(f"not a field of a consumer that may be set: {sorted(unknown)}")


def describe(consumer: Consumer) -> dict[str, Any]:
    """What the log shows of a consumer. Never a secret."""
    said = {
        "name": consumer.name,
        "description": consumer.description,
        "key": consumer.key,
        "grant_type": consumer.grant_type,
        "groups": sorted(consumer.groups.values_list("name", flat=True)),
        "token_format": consumer.token_format,
        "access_token_seconds": consumer.access_token_seconds,
        "token_endpoint_auth_method": consumer.token_endpoint_auth_method,
        "default_scopes": consumer.default_scopes,
    }
    return said | (describe_app(consumer) if consumer.acts_for_people else {"resource": consumer.resource})


def describe_app(consumer: Consumer) -> dict[str, Any]:
    return {
        "client_type": consumer.client_type,
        "is_first_party": consumer.is_first_party,
        "skips_consent": consumer.skips_consent,
        "redirect_uris": rules.lines(consumer.redirect_uris),
        "post_logout_redirect_uris": rules.lines(consumer.post_logout_redirect_uris),
        "allowed_origins": rules.lines(consumer.allowed_origins),
        "url": consumer.url,
        "privacy_policy_url": consumer.privacy_policy_url,
        "eula_url": consumer.eula_url,
        "optional_scopes": consumer.optional_scopes,
        "issues_refresh_tokens": consumer.issues_refresh_tokens,
        "refresh_idle_seconds": consumer.refresh_idle_seconds,
        "refresh_absolute_seconds": consumer.refresh_absolute_seconds,
        "allows_device_flow": consumer.allows_device_flow,
        "legacy_without_pkce": consumer.legacy_without_pkce,
        "pairwise_subject": consumer.pairwise_subject,
        "id_token_algorithm": consumer.id_token_algorithm,
        "backchannel_logout_url": consumer.backchannel_logout_url,
    }


def describe_secret(secret: ConsumerSecret) -> dict[str, Any]:
    return {
        "name": secret.name,
        "last_four": secret.last_four,
        "expires_at": secret.expires_at.isoformat() if secret.expires_at else None,
    }
