"""Step-up: before secrets and destructive acts a person proves, with password or second factor, that it is
still them (OWASP ASVS 7.5.3). A sign-in of the last minutes counts."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from allauth.account import app_settings
from allauth.account.authentication import get_authentication_records
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect, QueryDict

from tenants.context import platform_url

TYPED = "typed_before_stepup"


def is_fresh(request: HttpRequest) -> bool:
    """Whether this session's person gave a password or second factor recently."""
    records = get_authentication_records(request, request.user)
    oldest = time.time() - app_settings.REAUTHENTICATION_TIMEOUT
    return any(record["at"] > oldest for record in records)


def ask_and_return(request: HttpRequest) -> HttpResponseRedirect:
    """To the page that asks, and back to this address afterwards."""
    query = urlencode({"next": request.get_full_path()})
    return HttpResponseRedirect(f"{platform_url('account_reauthenticate')}?{query}")


def fresh_sign_in_required(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Guard a view, its form as well as what the form does. Goes below the decorator that says who may."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not is_fresh(request):
            return ask_and_return(request)
        return view(request, *args, **kwargs)

    return guarded


def keep_typed(request: HttpRequest) -> None:
    """Before ask_and_return() from a long form: what was typed waits in the session. Not for secrets."""
    request.session[TYPED] = {"path": request.path, "data": request.POST.urlencode()}


def typed_before(request: HttpRequest) -> QueryDict | None:
    """What keep_typed() kept of this page's form, once."""
    kept = request.session.get(TYPED)
    if kept is None or kept["path"] != request.path:
        return None
    del request.session[TYPED]
    return QueryDict(kept["data"])
