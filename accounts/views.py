"""The account page, and the two choices of the user menu: language and dark mode."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.forms import LanguageForm, ProfileForm, ThemeForm
from accounts.http import person_of
from accounts.preferences import set_language, set_theme
from tenants.context import platform_url


@login_required
def profile(request: HttpRequest) -> HttpResponse:
    """My name, language and theme; the ways to change password and second factor."""
    person = person_of(request)
    form = ProfileForm(request.POST or None, instance=person, initial={"language": translation.get_language()})
    if request.method != "POST" or not form.is_valid():
        return render(request, "accounts/profile.html", {"form": form}, status=422 if form.errors else 200)
    form.save()
    response = redirect(request.path)
    set_language(response, person, person.language)
    set_theme(response, person, person.theme)
    with translation.override(person.language):
        messages.success(request, _("Your account was saved."))
    return response


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    response = HttpResponseRedirect(back(request))
    form = LanguageForm(request.POST)
    if form.is_valid():
        set_language(response, request.user, form.cleaned_data["language"])
    return response


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    response = HttpResponseRedirect(back(request))
    form = ThemeForm(request.POST)
    if form.is_valid():
        set_theme(response, request.user, form.cleaned_data["theme"])
    return response


def not_offered(request: HttpRequest) -> HttpResponse:
    raise Http404("not offered")


def back(request: HttpRequest) -> str:
    """Where the form was, if that is one of our own pages."""
    asked = request.POST.get("next", "")
    own = url_has_allowed_host_and_scheme(asked, allowed_hosts=None, require_https=request.is_secure())
    return asked if own and asked.startswith("/") else platform_url("platform:home")
