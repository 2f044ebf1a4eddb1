"""The pages of OAuth consumers. Super administrators change everything; a developer edits the consumers he was
given and turns over their secrets (docs/decisions/0009); an auditor reads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from accounts.stepup import ask_and_return, fresh_sign_in_required, is_fresh, keep_typed, typed_before
from consumers import entrusting, logos, overview, registration, shown_once
from consumers.filters import ConsumerFilter
from consumers.forms import ConsumerForm, LogoForm, ManagerForm, SecretForm, name_taken
from consumers.models import Consumer, ConsumerQuerySet, ConsumerSecret
from consumers.tables import ChangeableConsumerTable, ConsumerTable
from permissions.models import PermissionGroup
from permissions.object_access import managers, may_manage, visible
from tenants.access import may_change_settings, member_required, super_admin_required
from tenants.lists import configure, csv_response, wants_csv
from tenants.middleware import TenantRequest
from tenants.navigation import may_see_consumers


def seen_by(request: TenantRequest) -> ConsumerQuerySet:
    """The consumers this person may see; others don't exist for him."""
    if not may_see_consumers(request.membership):
        raise PermissionDenied
    present: ConsumerQuerySet = Consumer.objects.present()
    return cast(ConsumerQuerySet, visible(request.membership, present))


def managed_by(request: TenantRequest, pk: int) -> Consumer:
    """The consumer, for somebody about to change it."""
    consumer: Consumer = get_object_or_404(seen_by(request), pk=pk)
    if not may_manage(request.membership, consumer):
        raise PermissionDenied
    return consumer


def app_managed_by(request: TenantRequest, pk: int) -> Consumer:
    """The same, for what only apps have that people meet."""
    consumer = managed_by(request, pk)
    if not consumer.acts_for_people:
        raise Http404("nobody sees a machine")
    return consumer


@require_GET
@member_required
def consumer_list(request: TenantRequest) -> HttpResponse:
    narrowed = ConsumerFilter(request.GET, seen_by(request).for_list())
    may_change = may_change_settings(request.membership)
    table = ChangeableConsumerTable(narrowed.qs) if may_change else ConsumerTable(narrowed.qs)
    if wants_csv(request):
        return csv_response(request, table, "oauth-consumers")
    context = {
        "table": configure(request, table, filtered=narrowed.narrows),
        "filter": narrowed,
        "may_change": may_change,
    }
    return render(request, "consumers/list.html", context)


@require_http_methods(["GET", "POST"])
@super_admin_required
@never_cache
def create(request: TenantRequest) -> HttpResponse:
    typed = request.POST if request.method == "POST" else typed_before(request)
    form = ConsumerForm(typed, tenant=request.tenant)
    if request.method == "POST" and form.is_valid():
        if not is_fresh(request):
            keep_typed(request)
            return ask_and_return(request)
        try:
            consumer, minted = registration.register_consumer(by=request.user, **form.cleaned_data)
        except ValidationError as refused:
            add_refusal(form, refused)
        except registration.NameTaken:
            form.add_error("name", name_taken())
        except registration.GroupGone:
            form.add_error("groups", _("Choose permission groups of this company."))
        else:
            if minted is None:
                messages.success(request, _("The app was connected. It has a key and no secret."))
                return redirect("consumers:detail", consumer.pk)
            return shown_once.redirect_to_secret(request, consumer, minted.shown)
    context = {
        "form": form,
        "has_groups": PermissionGroup.objects.exists(),
        "was_typed_before": request.method == "GET" and typed is not None,
    }
    return render(request, "consumers/create.html", context, status=status_of(form))


@require_GET
@member_required
@never_cache
def detail(request: TenantRequest, pk: int) -> HttpResponse:
    consumer = get_object_or_404(seen_by(request).for_list(), pk=pk)
    context = overview.of(consumer, request.membership, failure=request.GET.get("failure", ""))
    return render(request, "consumers/detail.html", context)


@require_GET
@member_required
@never_cache
def credentials(request: TenantRequest, pk: int, ticket: str) -> HttpResponse:
    """The page that shows a secret, once."""
    consumer = managed_by(request, pk)
    try:
        secret = shown_once.open_once(request, consumer, ticket)
    except shown_once.Gone:
        messages.warning(request, _("The secret is no longer visible: it is shown only once."))
        return redirect("consumers:detail", pk)
    response = render(request, "consumers/credentials.html", overview.of_new_secret(consumer, request.tenant, secret))
    return shown_once.forget(response)


@require_http_methods(["GET", "POST"])
@member_required
def edit(request: TenantRequest, pk: int) -> HttpResponse:
    consumer = managed_by(request, pk)
    typed = request.POST if request.method == "POST" else typed_before(request)
    form = ConsumerForm(
        typed or None,
        tenant=request.tenant,
        consumer=consumer,
        decides=may_change_settings(request.membership),
    )
    if request.method == "POST" and form.is_valid():
        if registration.opens(consumer, form.cleaned_data) and not is_fresh(request):
            keep_typed(request)
            return ask_and_return(request)
        try:
            registration.amend_consumer(consumer, by=request.user, **form.cleaned_data)
        except ValidationError as refused:
            add_refusal(form, refused)
        except registration.NameTaken:
            form.add_error("name", name_taken())
        except registration.GroupGone:
            form.add_error("groups", _("Choose permission groups of this company."))
        else:
            messages.success(request, _("The consumer was saved."))
            return redirect("consumers:detail", pk)
    context = {
        "form": form,
        "consumer": consumer,
        "has_groups": True,
        "was_typed_before": request.method == "GET" and typed is not None,
    }
    return render(request, "consumers/edit.html", context, status=status_of(form))


@require_http_methods(["GET", "POST"])
@member_required
@fresh_sign_in_required
def add_secret(request: TenantRequest, pk: int) -> HttpResponse:
    consumer = managed_by(request, pk)
    if consumer.is_public:
        raise Http404("a public app has no secrets")
    form = SecretForm(request.POST or None, consumer=consumer, tenant=request.tenant)
    if request.method == "POST" and form.is_valid():
        name, expires_at = form.cleaned_data["name"], form.expires_at
        try:
            _secret, minted = registration.add_secret(consumer, name=name, expires_at=expires_at, by=request.user)
        except registration.NameTaken:
            form.add_error("name", _("This consumer has a secret of this name already."))
        except registration.SecretLimitReached:
            form.add_error(None, overview.limit_sentence())
        else:
            return shown_once.redirect_to_secret(request, consumer, minted.shown)
    return render(request, "consumers/add_secret.html", {"form": form, "consumer": consumer}, status=status_of(form))


@require_http_methods(["GET", "POST"])
@member_required
@fresh_sign_in_required
def retire_secret(request: TenantRequest, pk: int, secret_pk: int) -> HttpResponse:
    consumer = managed_by(request, pk)
    secret = get_object_or_404(ConsumerSecret.objects.filter(consumer=consumer, retired_at=None), pk=secret_pk)
    is_last = secret.state == "active" and consumer.secrets.working().count() == 1
    if request.method == "POST":
        try:
            registration.retire_secret(secret, by=request.user)
            messages.success(request, _("The secret “%(name)s” was retired.") % {"name": secret.name})
        except registration.LastSecret:
            messages.error(request, overview.last_secret_sentence())
        return redirect("consumers:detail", pk)
    context = {"consumer": consumer, "secret": secret, "is_last": is_last}
    return render(request, "consumers/retire_secret.html", context)


@require_http_methods(["GET", "POST"])
@member_required
def logo(request: TenantRequest, pk: int) -> HttpResponse:
    consumer = app_managed_by(request, pk)
    form = LogoForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
    if form.is_valid():
        logos.keep(consumer, form.cleaned_data["picture"], by=request.user)
        messages.success(request, _("The logo was saved."))
        return redirect("consumers:detail", pk)
    context = {"form": form, "consumer": consumer, "logo_url": overview.logo_url(consumer)}
    return render(request, "consumers/logo.html", context, status=status_of(form))


@require_http_methods(["GET", "POST"])
@member_required
def remove_logo(request: TenantRequest, pk: int) -> HttpResponse:
    consumer = app_managed_by(request, pk)
    if request.method == "POST":
        logos.remove(consumer, by=request.user)
        messages.success(request, _("The logo was removed."))
        return redirect("consumers:detail", pk)
    return render(request, "consumers/remove_logo.html", {"consumer": consumer})


@require_http_methods(["GET", "POST"])
@super_admin_required
def suspend(request: TenantRequest, pk: int | None = None) -> HttpResponse:
    return change_state(request, pk, registration.suspend_consumer, "consumers/suspend.html", suspended)


@require_http_methods(["GET", "POST"])
@super_admin_required
def resume(request: TenantRequest, pk: int | None = None) -> HttpResponse:
    return change_state(request, pk, registration.resume_consumer, "consumers/resume.html", resumed)


@require_http_methods(["GET", "POST"])
@super_admin_required
@fresh_sign_in_required
def delete(request: TenantRequest, pk: int | None = None) -> HttpResponse:
    return change_state(request, pk, registration.delete_consumer, "consumers/delete.html", deleted)


def change_state(
    request: TenantRequest, pk: int | None, act: Callable[..., Any], template: str, done: Callable[[int], str]
) -> HttpResponse:
    """Ask, then do it to one consumer (`pk`) or to the rows picked in the list (?selected=…)."""
    chosen = picked(request) if pk is None else [get_object_or_404(Consumer.objects.present(), pk=pk)]
    if not chosen:
        messages.info(request, _("Select at least one consumer first."))
        return redirect("consumers:list")
    if request.method == "POST":
        registration.hold(chosen, authorizations=act is registration.delete_consumer)
        for consumer in chosen:
            act(consumer, by=request.user)
        messages.success(request, done(len(chosen)))
        return (
            redirect("consumers:list")
            if pk is None or act is registration.delete_consumer
            else redirect("consumers:detail", pk)
        )
    return render(request, template, overview.of_question(chosen, pk))


def picked(request: TenantRequest) -> list[Consumer]:
    """The rows of ?selected=…, all of them ours: one that isn't makes the page not exist."""
    asked = set(request.GET.getlist("selected"))
    if not all(value.isascii() and value.isdigit() and len(value) < 19 for value in asked):
        raise Http404
    found = list(Consumer.objects.present().filter(pk__in=map(int, asked)).order_by("name", "pk"))
    if len(found) != len(set(map(int, asked))):
        raise Http404
    return found


@require_http_methods(["GET", "POST"])
@super_admin_required
def add_manager(request: TenantRequest, pk: int) -> HttpResponse:
    consumer = get_object_or_404(Consumer.objects.present(), pk=pk)
    form = ManagerForm(request.POST or None, consumer=consumer)
    if request.method == "POST" and form.is_valid():
        entrusting.give(consumer, form.user, by=request.user)
        messages.success(request, _("%(person)s can manage this consumer now.") % {"person": form.user})
        return redirect("consumers:detail", pk)
    return render(request, "consumers/add_manager.html", {"form": form, "consumer": consumer}, status=status_of(form))


@require_http_methods(["GET", "POST"])
@super_admin_required
def remove_manager(request: TenantRequest, pk: int, user_pk: int) -> HttpResponse:
    consumer = get_object_or_404(Consumer.objects.present(), pk=pk)
    person = get_object_or_404(managers(consumer), pk=user_pk)
    if request.method == "POST":
        entrusting.take_back(consumer, person, by=request.user)
        messages.success(request, _("%(person)s no longer manages this consumer.") % {"person": person})
        return redirect("consumers:detail", pk)
    return render(request, "consumers/remove_manager.html", {"consumer": consumer, "person": person})


def add_refusal(form: ConsumerForm, refused: ValidationError) -> None:
    """What registration found and the form could not: somebody else changed something meanwhile."""
    for field, sentences in refused.message_dict.items():
        for sentence in sentences:
            form.add_error(field if field in form.fields else None, sentence)


def status_of(form: Any) -> int:
    """422 for a form that came back with errors, so that programs can tell."""
    return 422 if form.is_bound and form.errors else 200


def suspended(number: int) -> str:
    return ngettext("%(number)s consumer was suspended.", "%(number)s consumers were suspended.", number) % {
        "number": number
    }


def resumed(number: int) -> str:
    return ngettext("%(number)s consumer works again.", "%(number)s consumers work again.", number) % {"number": number}


def deleted(number: int) -> str:
    return ngettext("%(number)s consumer was deleted.", "%(number)s consumers were deleted.", number) % {
        "number": number
    }
