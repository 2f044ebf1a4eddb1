"""How the app wants the person to be asked: prompt, max_age, login_hint, ui_locales (OpenID Connect Core §3.1.2.1).
What it can't want is refused, what is only a wish is followed where that is possible."""

from __future__ import annotations

from typing import Any

from django.utils.translation import get_supported_language_variant

from oauth.errors import InvalidRequest
from oauth.rules.parameters import Parameters

NONE, LOGIN, CONSENT, SELECT_ACCOUNT = "none", "login", "consent", "select_account"
PROMPTS = [NONE, LOGIN, CONSENT, SELECT_ACCOUNT]
LONGEST_NONCE = 512
LONGEST_HINT = 254
LARGEST_AGE = 2**31 - 1
MOST_LANGUAGES = 10


def metadata(issuer: str) -> dict[str, Any]:
    # "Initiating User Registration via OpenID Connect" §4 has the name.
    return {"prompt_values_supported": PROMPTS}


def prompt_of(asked: Parameters) -> list[str]:
    """Raises InvalidRequest."""
    wanted = sorted({word for word in asked.get("prompt").split(" ") if word})
    if not set(wanted) <= set(PROMPTS):
        raise InvalidRequest("The prompt is not one of none, login, consent, select_account.", detail="prompt")
    if NONE in wanted and len(wanted) > 1:
        raise InvalidRequest("prompt=none can't be combined with another.", detail="prompt")
    return wanted


def is_silent(asked: Parameters) -> bool:
    """Whether the app wants no page to be shown, whatever else may be wrong with the request."""
    return asked.get("prompt").split() == [NONE]


def max_age_of(asked: Parameters) -> int | None:
    """Raises InvalidRequest."""
    text = asked.get("max_age")
    if not text:
        return None
    if not (text.isascii() and text.isdigit()):
        raise InvalidRequest("The max_age must be a number of seconds.", detail="max_age")
    return min(int(text[:12]), LARGEST_AGE)


def nonce_of(asked: Parameters) -> str:
    """To be returned as it is or not at all. Raises InvalidRequest."""
    nonce = asked.get("nonce")
    if len(nonce) > LONGEST_NONCE:
        raise InvalidRequest("The nonce is longer than 512 characters.", detail="nonce_long")
    return nonce


def hint_of(asked: Parameters) -> str:
    hint = asked.get("login_hint")
    return hint if len(hint) <= LONGEST_HINT else ""


def language_of(asked: Parameters) -> str:
    """The first of ui_locales that our pages speak; "" if none."""
    for tag in asked.get("ui_locales").split(" ")[:MOST_LANGUAGES]:
        try:
            return get_supported_language_variant(tag.lower()[:35])
        except LookupError:
            continue
    return ""
