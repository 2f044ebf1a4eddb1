"""Moments in words."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from django.utils import timezone
from django.utils.html import avoid_wrapping
from django.utils.timesince import TIME_STRINGS, timesince
from django.utils.translation import get_language
from django.utils.translation import gettext as _

SHORTEST_MONTH = 28 * 86400
UNITS = (("week", 604800), ("day", 86400), ("hour", 3600), ("minute", 60))


def ago(moment: datetime) -> str:
    """ "3 hours ago", "in 2 days", "just now": one unit, the largest."""
    now = timezone.now()
    seconds = (now - moment).total_seconds()
    if abs(seconds) < 60:
        return _("just now")
    if seconds > 0:
        return _("%(time)s ago") % {"time": apart(moment, now)}
    return _("in %(time)s") % {"time": apart(now, moment)}


def apart(earlier: datetime, later: datetime) -> str:
    """As Django's timesince(depth=1), which walks the calendar even where days are all of one length."""
    seconds = int((later - earlier).total_seconds())
    if seconds >= SHORTEST_MONTH:
        return timesince(earlier, later, depth=1)
    unit, length = next((unit, length) for unit, length in UNITS if seconds >= length)
    return counted(unit, seconds // length, get_language())


@lru_cache(maxsize=1024)
def counted(unit: str, number: int, language: str | None) -> str:
    return avoid_wrapping(TIME_STRINGS[unit] % {"num": number})
