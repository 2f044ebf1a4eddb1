"""Whoever is signed in, and what is in a company's log."""

import pytest


@pytest.fixture
def as_person():
    """A browser where somebody is signed in, by default with a password given just now."""

    from tests.consumers.pages import signed_in

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
