"""Where the list is, and a machine's row in it."""

from authorizations.models import Authorization
from tenants.context import tenant_scope

LIST = "/settings/api-connections/app-authorizations/"


def row_of(machine):
    """The machine's newest row."""
    with tenant_scope(machine.consumer.tenant):
        return Authorization.objects.filter(consumer=machine.consumer).latest("pk")
