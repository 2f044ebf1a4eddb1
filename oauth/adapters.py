"""Where django-allauth ends sessions: the person's own way out, and the list of their sessions. Apart from accounts,
because apps hear of it."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module

from allauth.core import context
from allauth.usersessions.adapter import DefaultUserSessionsAdapter
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.http import HttpRequest

from accounts import adapters
from accounts.models import User
from accounts.signing_in import SID
from oauth.signing_out import sign_out
from tenants.audit import Origin, acting


class AccountAdapter(adapters.AccountAdapter):
    def logout(self, request: HttpRequest) -> None:
        sid = request.session.get(SID)
        if sid and request.user.is_authenticated:
            leave(request, request.user, sid)
        super().logout(request)


class UserSessionsAdapter(DefaultUserSessionsAdapter):  # type: ignore[misc]
    def end_sessions(self, sessions: Iterable[UserSession]) -> None:
        store = import_module(settings.SESSION_ENGINE).SessionStore
        for session in sessions:
            sid = store(session_key=session.session_key).get(SID)
            if sid:
                leave(context.request, session.user, sid)
            session.end()


def leave(request: HttpRequest, user: User, sid: str) -> None:
    with acting(Origin(address=request.client_address, request_id=request.id)):  # type: ignore[attr-defined]
        sign_out(user, sid, host=request.get_host())
