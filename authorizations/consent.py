"""The consent page: an app's kept request, put to the person it is about (RFC 6749 §3.1, §10.11; RFC 9700 §4.16).

Its addresses end in what they do: the page itself, `allow/` and `deny/`. Whatever became of the request meanwhile, in
another tab or by Back, each of them ends where the request is now."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts import signing_in
from authorizations import browser, granting, requests
from authorizations.asking import Question
from authorizations.consent_forms import CHANGED, NOTHING_TICKED, ConsentForm
from authorizations.models import AuthorizationRequest
from tenants.access import membership_of
from tenants.context import platform_url
from tenants.middleware import TenantRequest

type View = Callable[[TenantRequest, Question, str], HttpResponseBase]


def about_a_request(view: View) -> Callable[..., HttpResponseBase]:
    """Give the view the question behind a reference, if it is this browser's, this person's and still open."""

    @never_cache
    @wraps(view)
    def guarded(request: TenantRequest, reference: str) -> HttpResponseBase:
        if not request.user.is_authenticated:
            # Not back to allow/ or deny/, which are posted to.
            query = urlencode({"next": reverse("consent", args=[reference])})
            return HttpResponseRedirect(f"{platform_url('account_login')}?{query}")
        membership = membership_of(request)
        try:
            kept = requests.find(request.tenant.pk, reference, browser.secret_of(request))
        except requests.NoSuchRequest:
            return gone(request)
        if kept.user_id != request.user.pk and not (kept.device_code_id and kept.user_id is None):
            # Not shown to this person yet, who may have to prove who they are first; or shown to somebody else.
            return gone(request) if kept.device_code_id else see_other(on_from(reference))
        if kept.decided_at is not None:
            return onwards(kept, reference)
        question = Question(kept, membership)
        answer = view(request, question, reference) if question.can_be_answered else gone(request)
        if answer.status_code >= 400 and requests.is_decided(kept):
            # Another press was quicker, and what it changed made this one look wrong.
            return onwards(kept, reference)
        return answer

    return guarded


@require_safe
@about_a_request
def consent(request: TenantRequest, question: Question, reference: str) -> HttpResponse:
    return ask(request, question, reference, ConsentForm(question=question))


@require_http_methods(["GET", "HEAD", "POST"])
@about_a_request
def allow(request: TenantRequest, question: Question, reference: str) -> HttpResponseBase:
    """The yes. Read again (by reload, or after the language was changed) it asks again."""
    if request.method != "POST":
        return redirect("consent", reference)
    form = ConsentForm(request.POST, question=question)
    if not form.is_valid():
        # It was filled in on a page that said something else.
        return ask(request, question, reference, ConsentForm(question=question), note=CHANGED, status=422)
    try:
        granting.grant(
            question.request,
            membership=question.membership,
            scopes=form.scopes,
            sign_in=signing_in.of(request),
            declined=question.optional - form.ticked,
            until=form.until,
            keeps_end=form.keeps_end,
        )
    except granting.NothingToGrant:
        return ask(request, question, reference, form, note=NOTHING_TICKED, status=422)
    except (granting.TooLate, granting.ConsumerGone):
        return gone(request)
    except granting.AlreadyDecided:
        pass
    return onwards(question.request, reference)


@require_http_methods(["GET", "HEAD", "POST"])
@about_a_request
def deny(request: TenantRequest, question: Question, reference: str) -> HttpResponseBase:
    if request.method != "POST":
        return redirect("consent", reference)
    try:
        granting.deny(question.request, user=question.person)
    except granting.TooLate:
        return gone(request)
    except granting.AlreadyDecided:
        pass
    return onwards(question.request, reference)


def ask(
    request: TenantRequest,
    question: Question,
    reference: str,
    form: ConsentForm,
    *,
    note: object = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        "question": question,
        "form": form,
        "note": note,
        "allow_url": reverse("consent-allow", args=[reference]),
        "deny_url": reverse("consent-deny", args=[reference]),
        **way_out(question, reference),
    }
    template = (
        "authorizations/consent.html" if question.has_something_to_give else "authorizations/consent_nothing.html"
    )
    response = render(request, template, context, status=status)
    if question.request.redirect_uri:
        browser.allow_form_to(response, question.request.redirect_uri)
    return response


def way_out(question: Question, reference: str) -> dict[str, str]:
    """To be somebody else: signs out and comes back to this request, which is then shown to whoever signs in."""
    if question.device:
        return {"leave_url": platform_url("account_logout"), "comes_back_to": reverse("consent", args=[reference])}
    return {"leave_url": on_from(reference), "comes_back_to": ""}


def onwards(kept: AuthorizationRequest, reference: str) -> HttpResponseRedirect:
    """To where the answer is given; Back, a second tab and a second press end there too."""
    return see_other(reverse("device-done", args=[reference]) if kept.device_code_id else on_from(reference))


def see_other(address: str) -> HttpResponseRedirect:
    """Never 307, which would take the form along to the app (RFC 9700 §4.12)."""
    return HttpResponseRedirect(address, status=303)


def on_from(reference: str) -> str:
    """The address that knows what this request needs next: a sign-in, this page, or its answer."""
    return reverse("oauth:continue", args=[reference])


def gone(request: HttpRequest) -> HttpResponse:
    """Unknown here, too old, or about an app or a device that may not ask any more: one page, which helps with all."""
    return render(request, "authorizations/consent_gone.html", status=404)
