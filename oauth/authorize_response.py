"""How an answer of the authorization endpoint travels to the app (RFC 6749 §4.1.2): by redirect, or by a form that the
browser posts (OAuth 2.0 Form Post Response Mode). Every answer says who gives it (`iss`, RFC 9207)."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from authorizations.browser import allow_form_to
from authorizations.models import AuthorizationRequest
from consumers import redirects
from oauth.errors import WireError
from oauth.redirecting import see_other, unreferred, with_query

FORM_POST = AuthorizationRequest.ResponseMode.FORM_POST
QUERY = AuthorizationRequest.ResponseMode.QUERY
MODES = [QUERY.value, FORM_POST.value]

type Fields = dict[str, str]


@dataclass(frozen=True, slots=True)
class Way:
    """To the app: a redirect URI that is proven to be its own, and what goes with every answer."""

    redirect_uri: str
    mode: str
    state: str
    issuer: str

    @property
    def host(self) -> str:
        """For people."""
        return redirects.host_of(self.redirect_uri)

    def success(self, code: str) -> Fields:
        return self._with({"code": code})

    def failure(self, error: WireError) -> Fields:
        return self._with({"error": error.error, "error_description": error.public})

    def _with(self, answer: Fields) -> Fields:
        return {**answer, **({"state": self.state} if self.state else {}), "iss": self.issuer}

    def address(self, fields: Fields) -> str:
        return with_query(self.redirect_uri, fields)


def send(request: HttpRequest, way: Way, fields: Fields, *, after_post: bool = False) -> HttpResponse:
    """`after_post`: the browser may be here as the end of a post from a page whose `form-action` does not name the app
    (sign-in, second factor, re-authentication), and would not follow a redirect out; a page that goes on by itself is
    a navigation of its own."""
    if way.mode == FORM_POST:
        return _posting(request, way, fields)
    if after_post:
        return going_on(request, way.address(fields), way.host)
    return see_other(way.address(fields))


def going_on(request: HttpRequest, address: str, goal: str) -> HttpResponse:
    """A page that goes on by itself: for the browser a beginning, whatever form it came from."""
    return unreferred(render(request, "oauth/going_on.html", {"address": address, "host": goal}))


def _posting(request: HttpRequest, way: Way, fields: Fields) -> HttpResponse:
    context = {"action": way.redirect_uri, "fields": fields, "host": way.host}
    answer = render(request, "oauth/form_post.html", context)
    allow_form_to(answer, way.redirect_uri)
    # The app gets our origin with the post, for its own check of where forms come from, and never the address.
    answer["Referrer-Policy"] = "strict-origin"
    return answer


def held_back(request: HttpRequest, way: Way, error: WireError, app: str, failure: str) -> HttpResponse:
    """Instead of an error that would travel by itself while nobody is signed in: whoever wrote the link chose where it
    goes (RFC 9700 §4.11.2). The person sees it and may go there."""
    fields = way.failure(error)
    is_posted = way.mode == FORM_POST
    action = way.redirect_uri if is_posted else way.address(fields)
    context = {
        "app": app,
        "host": way.host,
        "error": error.error,
        "problem": error.public,
        "failure": failure,
        "action": action,
        "fields": fields if is_posted else None,
    }
    answer = render(request, "oauth/held_back.html", context, status=400)
    if is_posted:
        allow_form_to(answer, way.redirect_uri)
    return answer
