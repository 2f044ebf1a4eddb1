"""Granting and revoking: the one place where a "yes" begins and ends. A revoked authorization ends its
codes and tokens at once, because every use of them asks for it; signed (JWT) access tokens that somebody
checks by themselves, without introspection, live until they expire."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import batched
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.signing_in import SignIn
from authorizations.models import Authorization, AuthorizationRequest, DeviceCode, TokenFamily
from authorizations.models.authorization import AuthorizationQuerySet
from consumers.models import Consumer
from permissions.roles import within_role
from permissions.scopes import IDENTITY, OFFLINE_ACCESS, OPENID, Scopes
from tenants import audit
from tenants.models import Membership

# Rows changed by one statement: few enough to end well within the statement timeout.
AT_ONCE = 2000


class ConsumerGone(Exception):
    """The consumer is deleted; nothing can be granted to it."""


class AlreadyDecided(Exception):
    """Somebody (this person, in another tab) said yes or no to this request before."""


class TooLate(Exception):
    """The request, or the device's code it is about, was given up or has expired."""


class NotAgreed(Exception):
    """It was to be given without asking, but the person's earlier yes does not cover it, or ended meanwhile."""


class NothingToGrant(Exception):
    """Of what was asked for, nothing is left that the consumer may get and the person may give."""


def grantable(consumer: Consumer, membership: Membership, scopes: Iterable[str]) -> Scopes:
    """Of `scopes`, what this person may let this consumer do now."""
    asked = frozenset(scopes)
    identity = IDENTITY if consumer.issues_refresh_tokens else IDENTITY - {OFFLINE_ACCESS}
    return (asked & identity) | within_role(membership.role, membership.held(asked & frozenset(consumer.ceiling)))


def is_something(scopes: Scopes) -> bool:
    """Whether there is anything to say yes to: `profile`, `email` and `offline_access` are nothing without openid
    (OpenID Connect Core §5.4, §11) or a permission."""
    return bool(scopes - (IDENTITY - {OPENID}))


@transaction.atomic
def grant(
    request: AuthorizationRequest,
    *,
    membership: Membership,
    scopes: Iterable[str],
    sign_in: SignIn,
    declined: Iterable[str] = (),
    until: datetime | None = None,
    keeps_end: bool = False,
    only_as_before: bool = False,
) -> TokenFamily:
    """A person's yes: their Authorization is made or widened, and this request, with its device if it has one, gets
    its token family. `scopes` are narrowed to what the request asked for and they may give; `declined` is what they
    unticked; `until` is when the yes ends by itself (null: with the app's own lifetimes), `keeps_end` leaves that as it
    was agreed before; `only_as_before` gives nothing that wasn't. Raises AlreadyDecided, TooLate, NothingToGrant,
    NotAgreed, ConsumerGone.

    Everybody locks in this order: request, device, consumer, membership, authorization. Whoever suspends, deletes,
    removes or revokes at the same moment is waited for, or finds what was granted."""
    request, device = _undecided(request)
    consumer = Consumer.objects.for_update().get(pk=request.consumer_id)
    if consumer.state != "active":
        raise ConsumerGone
    held = Membership.objects.active().select_related("user").filter(pk=membership.pk).for_update().first()
    if held is None:
        raise NothingToGrant
    given = grantable(consumer, held, frozenset(scopes) & frozenset(request.scopes))
    if not is_something(given):
        raise NothingToGrant
    now = timezone.now()
    authorization = _live_one(consumer, held.user)
    if only_as_before:
        if authorization is None or not given <= frozenset(authorization.scopes or ()):
            raise NotAgreed
    elif authorization is None:
        authorization = _authorize(consumer, held.user, given, frozenset(declined), until)
    else:
        _widen(authorization, given, frozenset(declined), until, keeps_end=keeps_end)
    family: TokenFamily = TokenFamily.objects.create(
        authorization=authorization,
        consumer=consumer,
        user=held.user,
        scopes=sorted(given),
        resources=request.resources,
        nonce=request.nonce,
        signed_in_at=sign_in.at,
        amr=sign_in.amr,
        acr=sign_in.acr,
        sid=sign_in.sid,
        created_at=now,
        refreshable_until=_refreshable_until(consumer, now, authorization.expires_at),
    )
    _decide(request, device, held.user, now, family)
    return family


@transaction.atomic
def deny(request: AuthorizationRequest, *, user: User) -> None:
    """A person's no: nothing begins, and neither the request nor its device can be agreed to any more. Raises
    AlreadyDecided, TooLate."""
    request, device = _undecided(request)
    _decide(request, device, user, timezone.now(), None)
    audit.record("authorization.denied", request.consumer, after={"scopes": request.scopes}, by=user)


def _undecided(request: AuthorizationRequest) -> tuple[AuthorizationRequest, DeviceCode | None]:
    """Both held until the transaction ends. Raises AlreadyDecided, TooLate."""
    found: AuthorizationRequest | None = AuthorizationRequest.objects.filter(pk=request.pk).for_update().first()
    if found is None:
        raise TooLate
    if found.decided_at is not None:
        raise AlreadyDecided
    if found.expires_at <= timezone.now():
        raise TooLate
    if found.device_code_id is None:
        return found, None
    # The same device may have been answered through another request.
    device: DeviceCode | None = DeviceCode.objects.waiting().filter(pk=found.device_code_id).for_update().first()
    if device is None:
        raise TooLate
    return found, device


def _decide(
    request: AuthorizationRequest, device: DeviceCode | None, user: User, now: datetime, family: TokenFamily | None
) -> None:
    request.user, request.family, request.decided_at = user, family, now
    request.save(update_fields=["user", "family", "decided_at"])
    if device is not None:
        device.family, device.decided_at = family, now
        device.save(update_fields=["family", "decided_at"])


def _live_one(consumer: Consumer, user: User) -> Authorization | None:
    """The person's authorization for this consumer, held until the transaction ends. One whose time is over makes room
    for the next."""
    found: Authorization | None = consumer.authorizations.filter(user=user, revoked_at=None).for_update().first()
    if found is None or found.is_live:
        return found
    found.revoked_at = found.expires_at
    found.save(update_fields=["revoked_at"])
    return None


def _authorize(
    consumer: Consumer, user: User, scopes: Scopes, declined: Scopes, until: datetime | None
) -> Authorization:
    made: Authorization = consumer.authorizations.create(
        tenant_id=consumer.tenant_id,
        user=user,
        scopes=sorted(scopes),
        declined_scopes=sorted(declined - scopes),
        granted_by=user,
        expires_at=until,
    )
    audit.record("authorization.granted", consumer, after=_agreed(made), by=user)
    return made


def _widen(found: Authorization, scopes: Scopes, declined: Scopes, until: datetime | None, *, keeps_end: bool) -> None:
    before = _agreed(found)
    found.scopes = sorted(scopes.union(found.scopes or ()))
    found.declined_scopes = sorted(declined.union(found.declined_scopes).difference(found.scopes or ()))
    if not keeps_end:
        found.expires_at = until
    found.save(update_fields=["scopes", "declined_scopes", "expires_at"])
    after = _agreed(found)
    if after["scopes"] != before["scopes"]:
        audit.record("authorization.widened", found.consumer, before=before, after=after, by=found.user)
    elif after != before:
        audit.record("authorization.amended", found.consumer, before=before, after=after, by=found.user)


def _agreed(authorization: Authorization) -> dict[str, Any]:
    """What the log keeps of a yes."""
    until = authorization.expires_at
    return {
        "authorization": authorization.pk,
        "scopes": authorization.scopes,
        "declined": authorization.declined_scopes,
        "until": until.isoformat() if until else None,
    }


def _refreshable_until(consumer: Consumer, now: datetime, until: datetime | None) -> datetime | None:
    if not consumer.issues_refresh_tokens:
        return None
    end = now + timedelta(seconds=consumer.within(consumer.tenant, "refresh_absolute_seconds"))
    return min(end, until) if until else end


@transaction.atomic
def authorize_again(consumer: Consumer, *, by: Any = None) -> Authorization:
    """Let a client-credentials consumer whose authorization was revoked in again, with a new one: what was
    issued under the old one stays dead. Raises ConsumerGone. With a live one already, returns that."""
    consumer = Consumer.objects.select_for_update(no_key=True).get(pk=consumer.pk)
    if consumer.deleted_at:
        raise ConsumerGone
    live = consumer.authorizations.live().filter(user=None).first()
    if live is not None:
        return live
    authorization: Authorization = consumer.authorizations.create(tenant_id=consumer.tenant_id, granted_by=by)
    audit.record("authorization.granted", consumer, after={"authorization": authorization.pk}, by=by)
    return authorization


@transaction.atomic
def revoke(authorization: Authorization, *, by: Any = None) -> bool:
    """End one authorization. Returns whether it was alive."""
    return revoke_many([authorization.pk], by=by) == 1


@transaction.atomic
def revoke_many(ids: Iterable[int], *, by: Any = None) -> int:
    """End several of this company's authorizations; ids of others are passed over. Returns how many ended."""
    return sum(revoke_all_of(Authorization.objects.filter(pk__in=some), by=by) for some in batched(ids, AT_ONCE))


@transaction.atomic
def revoke_all_for(consumer: Consumer, *, by: Any = None) -> int:
    """End all of a consumer's authorizations."""
    return revoke_all_of(consumer.authorizations.all(), by=by)


@transaction.atomic
def revoke_all_of(authorizations: AuthorizationQuerySet, *, by: Any = None) -> int:
    """End those of a selection that are alive, each with its line in the log. The rows are locked in one
    order, so two revokers take turns and a refresh that holds a row is waited for, never missed."""
    rows = list(authorizations.live().select_related("consumer").for_update().order_by("pk"))
    now = timezone.now()
    for some in batched(rows, AT_ONCE):
        Authorization.objects.filter(pk__in=[row.pk for row in some]).update(revoked_at=now, revoked_by=by)
    audit.record_many("authorization.revoked", ((row.consumer, {"authorization": row.pk}, {}) for row in rows), by=by)
    return len(rows)
