"""Sessions that are over, and the list of a person's sessions along with them."""

from __future__ import annotations

from tenants.cleaning import delete_batch


def drop_ended_sessions() -> int:
    return delete_batch("django_session", "expire_date < now()")


def drop_records_of_ended_sessions() -> int:
    return delete_batch(
        "usersessions_usersession",
        "last_seen_at < now() - interval '1 day' AND NOT EXISTS ("
        "SELECT FROM django_session WHERE django_session.session_key = usersessions_usersession.session_key)",
    )
