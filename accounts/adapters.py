"""What we ask of django-allauth: nobody signs up alone, and a sign-in brings the person's language along."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest, HttpResponse

from accounts.models import User
from accounts.preferences import remember


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """People are invited into a company, or made by the operator."""
        return False

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **kwargs)
        remember(response, user)
        return response

    def get_user_search_fields(self) -> list[str]:
        return ["email", "full_name"]
