"""What the server says about itself: one JSON object per line on standard error.

JSON escapes line breaks and control characters, so nobody can forge a line or steer a terminal. Of a request
only the method and the path are told, never its query, headers or body.
"""

import json
import logging
import re
from datetime import UTC, datetime
from typing import Any

# Addresses that open something to whoever knows them: an invitation, a new password, a secret's page, a sign-in.
OPENS = re.compile(r"(/(?:join|credentials|sign-in|reset/key|confirm-email)/)[^/\s\"'?]+")


class JSONLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": without_keys(record.getMessage()),
            "process": record.process,
        }
        line |= about_request(getattr(record, "request", None))
        if record.exc_info:
            line["exception"] = without_keys(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=True)


def without_keys(text: str) -> str:
    return OPENS.sub(r"\1…", text)


def about_request(request: Any) -> dict[str, Any]:
    if not hasattr(request, "method") or not hasattr(request, "path"):
        return {}
    return {
        "request_id": getattr(request, "id", None),
        "method": request.method,
        "path": without_keys(request.path),
        "address": getattr(request, "client_address", None),
    }


def configuration(level: str) -> dict[str, Any]:
    """Django's LOGGING. Refused requests are no faults of ours: django.request speaks from 500 on."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": {"()": JSONLines}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django": {"handlers": [], "level": level, "propagate": True},
            "django.request": {"handlers": [], "level": "ERROR", "propagate": True},
            "django.security.DisallowedHost": {"handlers": [], "level": "CRITICAL", "propagate": True},
        },
    }
