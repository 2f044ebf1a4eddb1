"""Where a person types the code of a device without a browser (RFC 8628 §3.3), and where they come back to."""

from __future__ import annotations

from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from authorizations import browser, devices, requests
from authorizations.device_forms import DeviceForm
from authorizations.models import DeviceCode
from tenants.access import member_required
from tenants.middleware import TenantRequest
from tenants.throttling import Rate, take_one

# Attempts, right ones too (§5.1): what a person needs who mistypes, and what all people of a company need together.
# With a hundred devices waiting, a company's worth of guessing finds one in some thousand years.
OF_PERSON = Rate(per_minute=2, burst=10)
OF_COMPANY = Rate(per_minute=60, burst=200)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def device(request: TenantRequest) -> HttpResponseBase:
    """Following the link with the code in it (§3.3.1) decides nothing: it asks whether the device shows the same."""
    if request.method != "POST":
        followed = devices.typed(request.GET.get("user_code", "")[:40])
        return ask(request, DeviceForm(), followed=devices.shown(followed) if followed else "")
    form = DeviceForm(request.POST)
    if not form.is_valid():
        return ask(request, form, status=422)
    if not may_try(request):
        form.add_error("user_code", _("These were too many codes. Wait a few minutes, then try again."))
        return ask(request, form, status=429)
    try:
        found = devices.find(form.cleaned_data["user_code"])
    except devices.NoSuchCode:
        form.add_error(
            "user_code",
            _("No device waits with this code. Compare it with your device, or let the device show a new one."),
        )
        return ask(request, form, status=422)
    return put_the_question(request, found)


def ask(request: TenantRequest, form: DeviceForm, *, followed: str = "", status: int = 200) -> HttpResponse:
    return render(request, "authorizations/device.html", {"form": form, "followed": followed}, status=status)


def may_try(request: TenantRequest) -> bool:
    """Whether this person may try another code, and the company's people together. From wherever they are: who had
    more attempts with more addresses could use up everybody's."""
    company = request.tenant.pk
    return take_one(OF_PERSON, "device codes", company, request.user.pk) and take_one(
        OF_COMPANY, "device codes", company
    )


def put_the_question(request: TenantRequest, found: DeviceCode) -> HttpResponse:
    """On to the consent page, about this device and in this browser."""
    secret = browser.secret_of(request) or requests.new_browser()
    kept = requests.keep(
        found.consumer, browser=secret, device_code=found, scopes=found.scopes, resources=found.resources
    )
    response = HttpResponseRedirect(reverse("consent", args=[requests.reference(kept)]), status=303)
    browser.remember(response, secret)
    return response


@never_cache
@require_safe
@member_required
def device_done(request: TenantRequest, reference: str) -> HttpResponse:
    """The answer is given; the device hears of it when it asks again."""
    try:
        kept = requests.find(request.tenant.pk, reference, browser.secret_of(request))
    except requests.NoSuchRequest:
        return redirect("device")
    if kept.device_code_id is None or (kept.decided_at is not None and kept.user_id != request.user.pk):
        raise Http404("not about a device, or somebody else's answer")
    if kept.decided_at is None:
        return redirect("consent", reference)
    return render(request, "authorizations/device_done.html", {"app": kept.consumer, "denied": kept.is_denied})
