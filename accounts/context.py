"""What every page's frame shows: language, theme, the side panel and the user menu (templates/base.html)."""

from __future__ import annotations

from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import get_language, pgettext_lazy

from accounts.models import User
from accounts.preferences import theme_of
from tenants.context import platform_url
from tenants.models import Tenant
from tenants.navigation import Section, Tab, connection_tabs, sections

PRODUCT = "Gatehouse"
THEMES = [
    (User.Theme.SYSTEM, pgettext_lazy("dark mode", "Auto")),
    (User.Theme.LIGHT, pgettext_lazy("dark mode", "Off")),
    (User.Theme.DARK, pgettext_lazy("dark mode", "On")),
]


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `frame` and `tenant`."""
    return {"frame": Frame(request), "tenant": getattr(request, "tenant", None)}


class Frame:
    """Worked out only when a template asks, so error pages need neither a session nor a company."""

    product = PRODUCT
    languages = settings.LANGUAGES
    themes = THEMES

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @property
    def tenant(self) -> Tenant | None:
        return getattr(self.request, "tenant", None)

    @property
    def language(self) -> str:
        return get_language() or settings.LANGUAGE_CODE

    @property
    def language_name(self) -> str:
        return dict(settings.LANGUAGES).get(self.language, self.language)

    @cached_property
    def theme_choice(self) -> str:
        return theme_of(self.request, getattr(self.request, "user", AnonymousUser()))

    @property
    def theme(self) -> str:
        """For data-theme: "light", "dark", or nothing when the device decides."""
        return "" if self.theme_choice == User.Theme.SYSTEM else self.theme_choice

    @cached_property
    def navigation(self) -> list[Section]:
        return sections(self.request)

    @cached_property
    def connection_tabs(self) -> list[Tab]:
        return connection_tabs(self.request)

    @cached_property
    def settings_url(self) -> str:
        entries = [entry for section in self.navigation for entry in section.entries]
        return entries[0].url if entries else platform_url("platform:home")

    @cached_property
    def company_stylesheet(self) -> str:
        """The company's colour. The address changes with it, so browsers may keep the file."""
        if self.tenant is None or not self.tenant.colour:
            return ""
        try:
            return f"{reverse('theme')}?{urlencode({'v': self.tenant.colour.removeprefix('#')})}"
        except NoReverseMatch:
            return ""

    @property
    def layout(self) -> str:
        """The template a page extends that lives both in a company's Settings and on the platform."""
        return "settings.html" if self.tenant else "page.html"
