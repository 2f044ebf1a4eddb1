"""How a person likes the pages: language and theme, kept on the person and in a cookie for the pages before sign-in."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponseBase

from accounts.models import User

THEME_COOKIE = "theme"
COOKIE_AGE_SECONDS = 365 * 24 * 3600


def theme_of(request: HttpRequest, user: User | AnonymousUser) -> str:
    if isinstance(user, User) or getattr(user, "is_authenticated", False):
        return user.theme  # type: ignore[union-attr]
    chosen = request.COOKIES.get(THEME_COOKIE, "")
    return chosen if chosen in User.Theme.values else User.Theme.SYSTEM


def set_language(response: HttpResponseBase, user: User | AnonymousUser, language: str) -> None:
    _set_cookie(response, settings.LANGUAGE_COOKIE_NAME, language)
    if user.is_authenticated and user.language != language:
        user.language = language
        user.save(update_fields=["language"])


def set_theme(response: HttpResponseBase, user: User | AnonymousUser, theme: str) -> None:
    _set_cookie(response, THEME_COOKIE, theme)
    if user.is_authenticated and user.theme != theme:
        user.theme = theme
        user.save(update_fields=["theme"])


def remember(response: HttpResponseBase, user: User) -> None:
    """At sign-in: this browser takes over what the person chose elsewhere."""
    if user.language in dict(settings.LANGUAGES):
        _set_cookie(response, settings.LANGUAGE_COOKIE_NAME, user.language)
    _set_cookie(response, THEME_COOKIE, user.theme)


def _set_cookie(response: HttpResponseBase, name: str, value: str) -> None:
    response.set_cookie(
        name,
        value,
        max_age=COOKIE_AGE_SECONDS,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
