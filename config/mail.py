"""Where e-mail goes, from one address: smtp://, smtp+tls:// (STARTTLS) or smtps://; without one to the console, but
nowhere in production: a console is a log there, and a link to a new password is a key."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from config import env

NOWHERE = "django.core.mail.backends.dummy.EmailBackend"
CONSOLE = "config.mail_console.EmailBackend"
SMTP = "django.core.mail.backends.smtp.EmailBackend"
PORTS = {"smtp": 25, "smtp+tls": 587, "smtps": 465}
TIMEOUT_SECONDS = 10


def mailers(url: str) -> dict[str, Any]:
    """Django's MAILERS. Raises ImproperlyConfigured for an address it can't use."""
    if not url:
        return {"default": {"BACKEND": NOWHERE if env.environment() == "production" else CONSOLE}}
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
        parts = urlsplit("")
    if parts.scheme not in PORTS or not host:
        raise ImproperlyConfigured("GATEHOUSE_EMAIL_URL must look like smtp+tls://user:password@mail.example:587.")
    options = {
        "host": host,
        "port": port or PORTS[parts.scheme],
        "username": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "use_tls": parts.scheme == "smtp+tls",
        "use_ssl": parts.scheme == "smtps",
        "timeout": TIMEOUT_SECONDS,
    }
    return {"default": {"BACKEND": SMTP, "OPTIONS": options}}
