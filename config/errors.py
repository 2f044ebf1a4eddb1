"""Pages and JSON for what goes wrong outside the wire: plain sentences, a request id, nothing internal."""

from __future__ import annotations

import re
import sys
from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from rest_framework.response import Response

from permissions.rest import error_response

# Out of reach, busy beyond its time limits, or gone in the middle of a request.
DATABASE_AWAY = (OperationalError, InterfaceError)
AWAY_HEADERS = {"Retry-After": "2", "Cache-Control": "no-store"}
AWAY = {"error": "temporarily_unavailable", "error_description": "Try again in a moment."}
NOT_FOUND = {"error": "not_found", "error_description": "There is nothing at this address."}
FAULT = {"error": "server_error", "error_description": "Something went wrong on our side. Try again in a moment."}
API = re.compile(r"\A(?:/t/[^/]+)?/api/v1(?:/|\Z)")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "errors/400.html", status=400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "errors/403.html", status=403)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if API.match(request.path):
        # Of a company that does not exist; what an existing one does not have, the API says itself.
        return JsonResponse(NOT_FOUND, status=404)
    return render(request, "errors/404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's last resort, wherever the exception came from: a view, a middleware, the end of a transaction."""
    is_away = isinstance(sys.exception(), DATABASE_AWAY)
    status, headers = (503, AWAY_HEADERS) if is_away else (500, {"Cache-Control": "no-store"})
    if API.match(request.path):
        return JsonResponse(AWAY if is_away else FAULT, status=status, headers=headers)
    answer = render(request, f"errors/{status}.html", status=status)
    for name, value in headers.items():
        answer[name] = value
    return answer


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "errors/csrf.html", status=403)


def api_exception_handler(exception: Exception, context: dict[str, Any]) -> Response | None:
    """The API's one shape of an error, and 503 with Retry-After while the database can't be reached."""
    if isinstance(exception, DATABASE_AWAY):
        return Response(AWAY, status=503, headers=AWAY_HEADERS)
    return error_response(exception)
