"""Who sits before the browser of the stock project."""

from collections.abc import Callable

from django.contrib.auth.models import User
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.http import HttpRequest, HttpResponse


class SomebodyMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.user = User.objects.get(username="ana")
        # Empty each time, for views that end it.
        request.session = SessionStore()
        return self.get_response(request)
