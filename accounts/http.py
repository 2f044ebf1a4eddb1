"""Who is signed in, for views that let nobody else in."""

from typing import cast

from django.http import HttpRequest

from accounts.models import User


def person_of(request: HttpRequest) -> User:
    """The signed-in person, behind login_required or tenants.access."""
    return cast("User", request.user)
