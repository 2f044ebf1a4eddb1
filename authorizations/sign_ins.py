"""Who is signed in to apps now: the families of which an app may still hold something that works."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Now

from authorizations.models import RefreshToken, TokenFamily

# No access token outlives it (consumers_consumer_access_token_seconds).
LONGEST_ACCESS = timedelta(seconds=7200)


def under(authorizations: Any) -> QuerySet[TokenFamily]:
    """Under these live authorizations, with `last_used_at`, the last renewed first. A family that has no refresh token
    (any more) counts while an access token may be left."""
    tokens = RefreshToken.objects.filter(family=OuterRef("pk")).order_by("-created")
    families: Any = TokenFamily.objects.living().annotate(
        last_used_at=Coalesce(Subquery(tokens.values("created")[:1]), F("created_at")),
        refreshable=Subquery(tokens.values("expires")[:1]),
    )
    works = Q(refreshable__gt=Now()) | Q(last_used_at__gt=Now() - LONGEST_ACCESS)
    since = F("user__tokens_not_before")
    found: Any = families.filter(works, authorization__in=authorizations)
    latest: QuerySet[TokenFamily] = found.exclude(Q(created_at__lt=since) | Q(signed_in_at__lt=since))
    return latest.order_by(F("last_used_at").desc(), "-pk")
