"""What people type and others read: no characters that can't be seen or that turn a line around (Unicode TR 36)."""

from __future__ import annotations

import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

# Controls, format characters (bidirectional overrides, zero widths), surrogates, private use, line separators …
UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
# … and letters and marks that draw nothing.
BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u2800\u3164\uffa0")


def is_visible(character: str) -> bool:
    return character not in BLANK and unicodedata.category(character) not in UNSEEN


def validate_visible(value: str) -> None:
    """For names and descriptions of one line."""
    if not all(map(is_visible, value)):
        raise ValidationError(_("Use visible characters only."), code="invisible")


def harmless(value: str) -> str:
    """Each unseen character replaced by a sign that shows it."""
    return "".join(character if is_visible(character) else "\ufffd" for character in value)
