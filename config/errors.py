"""Pages and JSON for what goes wrong outside the wire: plain sentences, a request id, nothing internal."""

from __future__ import annotations

from typing import Any

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from rest_framework.response import Response

from permissions.rest import error_response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "errors/400.html", status=400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "errors/403.html", status=403)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "errors/404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    return render(request, "errors/500.html", status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "errors/csrf.html", status=403)


def api_exception_handler(exception: Exception, context: dict[str, Any]) -> Response | None:
    """The API's one shape of an error, and 503 with Retry-After while the database can't be reached."""
    if isinstance(exception, OperationalError):
        body = {"error": "temporarily_unavailable", "error_description": "Try again in a moment."}
        return Response(body, status=503, headers={"Retry-After": "2"})
    return error_response(exception)
