"""Whoever is signed in, and what is in a company's log."""

import pytest
from django.test import Client

from config.demo import BACKEND


@pytest.fixture
def as_person():
    """A browser where somebody is signed in."""

    def signed_in(user, **environ):
        browser = Client(**environ)
        browser.force_login(user, backend=BACKEND)
        return browser

    return signed_in


@pytest.fixture
def lines():
    """The lines of a company's log with a verb, oldest first."""
    from tenants.context import tenant_scope
    from tenants.models import AuditEvent

    def found(company, verb=""):
        with tenant_scope(company.tenant):
            wanted = AuditEvent.objects.filter(verb=verb) if verb else AuditEvent.objects.all()
            return list(wanted.order_by("sequence"))

    return found


@pytest.fixture
def member_of():
    from tenants.context import tenant_scope
    from tenants.models import Membership

    def found(company, user):
        with tenant_scope(company.tenant):
            return Membership.objects.select_related("user").filter(user=user).first()

    return found
