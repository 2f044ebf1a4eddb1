"""What we ask of django-allauth: nobody signs up alone, a sign-in brings the person's language along, failed
ones are counted by account and address together and show in the log of the person's companies."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import record_authentication
from allauth.core import context
from allauth.core.internal.ratelimit import truncate_ip
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts import errands
from accounts.models import Errand, User
from accounts.preferences import remember


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """People are invited into a company, or made by the operator."""
        return False

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **kwargs)
        remember(response, user)
        return response

    def is_safe_url(self, url: str | None) -> bool:
        """Whether `next` may be gone to: our own paths, whatever hosts we answer at."""
        return url is not None and url.startswith("/") and bool(super().is_safe_url(url))

    def get_client_ip(self, request: HttpRequest) -> str:
        """As RequestMiddleware found it; on a unix socket without proxies there is none."""
        return getattr(request, "client_address", None) or "local"

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        # allauth counts by account alone, so anybody could lock out anybody else.
        return f"{str(credentials.get('email')).lower()} {truncate_ip(self.get_client_ip(request))}"

    def reauthenticate(self, user: User, password: str) -> bool:
        """By the person's own e-mail address: allauth would ask its table of addresses, which we don't fill."""
        return self.authenticate(context.request, email=user.email, password=password) == user

    def set_password(self, user: User, password: str) -> None:
        """Changed or set anew, as after a theft: apps that were let in before ask for a sign-in again. Whoever is
        signed in here and changed it has just proved who they are, so this browser need not."""
        user.tokens_not_before = timezone.now()
        super().set_password(user, password)
        if context.request.user == user:
            record_authentication(context.request, user, method="password")

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        errands.leave(Errand.Kind.REFUSED, str(credentials.get("email") or ""), request)

    def get_user_search_fields(self) -> list[str]:
        return ["email", "full_name"]
