"""Who may open what, decided here: one decorator per kind of reader. Not yours is 404, not allowed is 403."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from importlib import import_module
from typing import Any, Concatenate

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase

from tenants.context import sign_in_redirect
from tenants.middleware import TenantRequest
from tenants.models import Membership

type View[**P] = Callable[Concatenate[TenantRequest, P], HttpResponseBase]

READERS = frozenset({Membership.Role.SUPER_ADMIN, Membership.Role.AUDITOR})


def membership_of(request: HttpRequest) -> Membership:
    """The signed-in person's active membership of this company. Raises Http404: to a stranger a company's
    panel does not exist."""
    found = getattr(request, "membership", None)
    if found is None:
        found = Membership.objects.active().select_related("user").filter(user_id=request.user.pk).first()
        if found is None:
            raise Http404("not a member")
        request.membership = found  # type: ignore[attr-defined]
    return found


def may_read_settings(membership: Membership) -> bool:
    return membership.role in READERS


def may_change_settings(membership: Membership) -> bool:
    return membership.is_super_admin


def _guarded[**P](view: View[P], allows: Callable[[Membership], bool]) -> Callable[..., HttpResponseBase]:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return sign_in_redirect(request)
        if not allows(membership_of(request)):
            raise PermissionDenied
        return view(request, *args, **kwargs)  # type: ignore[arg-type]

    return guarded


def member_required[**P](view: View[P]) -> Callable[..., HttpResponseBase]:
    """Any active member of the company. The view itself narrows what they see."""
    return _guarded(view, lambda membership: True)


def settings_reader_required[**P](view: View[P]) -> Callable[..., HttpResponseBase]:
    """Super administrators and auditors: see everything."""
    return _guarded(view, may_read_settings)


def super_admin_required[**P](view: View[P]) -> Callable[..., HttpResponseBase]:
    return _guarded(view, may_change_settings)


def proof_missing(request: HttpRequest) -> HttpResponseBase | None:
    """The way to the page that asks for a password or second factor, and back; None for somebody who gave one in the
    last minutes. For what makes or ends somebody's access: a session left open must not. How strongly somebody
    signed in is known in the layer above, reached by name."""
    stepup = import_module("accounts.stepup")
    return None if stepup.is_fresh(request) else stepup.ask_and_return(request)
