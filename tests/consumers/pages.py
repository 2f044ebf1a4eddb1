"""Where the pages of OAuth consumers are, and what a form that passes holds."""

import time

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.account.internal.flows.login import _AUTHENTICATION_METHODS_USER_SESSION_KEY
from django.test import Client

from consumers.models import Consumer
from tenants.context import tenant_scope
from tenants.models import AuditEvent

LIST = "/settings/api-connections/oauth-consumers/"


def signed_in(user, seconds_ago=1, **environ):
    """A browser in which somebody gave their password so long ago."""
    browser = Client(**environ)
    browser.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    session = browser.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "password", "at": time.time() - seconds_ago}]
    session[_AUTHENTICATION_METHODS_USER_SESSION_KEY] = str(user.pk)
    session.save()
    return browser


def at(company, path="", *, of=None):
    """The address of the list, or of a page below it, or of a page of one consumer."""
    return f"{company.path}{LIST}{f'{of.pk}/' if of else ''}{path}"


def filled(**fields):
    form = {"grant_type": "client-credentials", "name": "Ledger sync", "token_format": "opaque", **fields}
    return {name: value for name, value in form.items() if value is not None}


def consumers_of(company):
    with tenant_scope(company.tenant):
        return list(Consumer.objects.present().order_by("pk"))


def fresh(company, consumer):
    with tenant_scope(company.tenant):
        return Consumer.objects.get(pk=consumer.pk)


def verbs_of(company, consumer):
    with tenant_scope(company.tenant):
        lines = AuditEvent.objects.filter(object_type="consumer", object_id=str(consumer.pk)).order_by("sequence")
        return list(lines.values_list("verb", flat=True))
