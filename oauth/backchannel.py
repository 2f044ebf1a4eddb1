"""Back-channel logout (OpenID Connect Back-Channel Logout 1.0): apps hear from us, not from the browser, that a session
is over. An outbox, emptied by the background worker (tenants.outbox): who does not answer keeps nobody else waiting.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from secrets import token_urlsafe
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from django.db import Error, connection

from accounts.models import User
from consumers.models import Consumer
from oauth import id_tokens, keys, outbound, subjects
from oauth.models import LogoutDelivery, SigningKey
from oauth.request import FORM
from tenants import outbox
from tenants.context import tenant_scope
from tenants.models import Tenant

logger = logging.getLogger("gatehouse.worker")

EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"
TYPE: Final = "logout+jwt"
TOKEN_SECONDS: Final = 120
# In one piece of work, of all apps and of one: a slow one can hold up a piece for seconds, never for minutes.
AT_ONCE: Final = 64
OF_ONE: Final = 4
THREADS: Final = 16
DUE: Final = """
SELECT tenant_id, id FROM (
  SELECT tenant_id, id, due_at, row_number() OVER (PARTITION BY tenant_id, consumer_id ORDER BY due_at) AS place
  FROM oauth_logoutdelivery WHERE due_at <= now()
) due WHERE place <= %s ORDER BY due_at LIMIT %s
"""


class Message(NamedTuple):
    """A delivery ready to go; `url` and `token` are all that the thread that sends it needs."""

    tenant: Tenant
    delivery: LogoutDelivery
    url: str
    token: str


def metadata(issuer: str) -> dict[str, Any]:
    return {"backchannel_logout_supported": True, "backchannel_logout_session_supported": True}


def queue(consumer: Consumer, user: User, sid: str, *, issuer: str) -> None:
    LogoutDelivery.objects.create(consumer=consumer, user=user, sid=sid, issuer=issuer)


def deliver_due() -> int:
    """A piece of what is due, of all companies. Returns how many messages arrived."""
    with connection.cursor() as cursor:
        cursor.execute(DUE, [OF_ONE, AT_ONCE])
        return deliver(cursor.fetchall())


def deliver(due: Iterable[tuple[int, int]]) -> int:
    """`due` are pairs of company and delivery."""
    messages = [message for tenant, pk in due if (message := prepare(tenant, pk)) is not None]
    with ThreadPoolExecutor(THREADS) as senders:
        problems = list(senders.map(send, messages))
    return sum(settle(message, problem) for message, problem in zip(messages, problems, strict=True))


def prepare(tenant_id: int, pk: int) -> Message | None:
    """Put the next try off, then write this one's message. None when there is nobody to tell any more."""
    tenant = Tenant.objects.get(pk=tenant_id)
    delivery = put_off(tenant, pk)
    if delivery is None:
        return None
    return Message(tenant, delivery, delivery.consumer.backchannel_logout_url, written(tenant, delivery))


def put_off(tenant: Tenant, pk: int) -> LogoutDelivery | None:
    """In a transaction of its own: whatever happens afterwards, it counts as tried."""
    with tenant_scope(tenant):
        rows = LogoutDelivery.objects.select_related("consumer", "consumer__tenant", "user")
        delivery: LogoutDelivery | None = rows.filter(pk=pk).first()
        if delivery is None:
            return None
        if delivery.consumer.state == "deleted" or not delivery.consumer.backchannel_logout_url:
            delivery.delete()
            return None
        outbox.put_off(delivery)
        return delivery


def written(tenant: Tenant, delivery: LogoutDelivery) -> str:
    """Its token; "" when something keeps it from being written, a key that can't be opened for instance: that must
    stop no other company's."""
    try:
        with tenant_scope(tenant):
            return logout_token(delivery, delivery.consumer, delivery.user)
    except Error:
        raise
    except Exception:
        logger.exception("%s: a message of a logout can't be written", tenant.slug)
        return ""


def logout_token(delivery: LogoutDelivery, consumer: Consumer, user: User) -> str:
    """§2.4. No nonce, and a type of its own, so that nobody takes it for an ID token."""
    algorithm = consumer.id_token_algorithm
    keys.ensure(consumer.tenant, algorithm)
    key = SigningKey.objects.get(algorithm=algorithm, state=SigningKey.State.ACTIVE)
    now = int(time.time())
    claims = {
        "iss": delivery.issuer,
        "aud": consumer.client_id,
        "iat": now,
        "exp": now + TOKEN_SECONDS,
        "jti": token_urlsafe(16),
        "sub": subjects.seen_by(consumer, user),
        "sid": delivery.sid,
        "events": {EVENT: {}},
    }
    private = keys.any_signing_key(delivery.tenant_id, key.kid, key.sealed)
    return id_tokens.sign(claims, TYPE, algorithm, key.kid, private)


def send(message: Message) -> str:
    """What went wrong, "" when the app took it. Runs in a thread of its own, without the database."""
    if not message.token:
        return "no message"
    try:
        reply = outbound.post(message.url, urlencode({"logout_token": message.token}).encode(), FORM)
    except (outbound.Refused, outbound.Failed) as error:
        return str(error)
    # §2.8: 200, and some send 204.
    return "" if reply.status in (200, 204) else f"status {reply.status}"


def settle(message: Message, problem: str) -> bool:
    """Whether it arrived."""
    delivery = message.delivery
    with tenant_scope(message.tenant):
        if problem and not outbox.was_last(delivery):
            return False
        delivery.delete()
    if problem:
        logger.warning(
            "%s: the consumer %s was not told of a logout after %d tries: %s",
            message.tenant.slug, delivery.consumer.client_id, delivery.attempts, problem,
        )  # fmt: skip
    return not problem
