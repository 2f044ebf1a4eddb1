"""Where the pages of permission groups and modules are, what a form that passes holds, and the rows left behind."""

import html
import re

from permissions.models import PermissionGroup
from tenants.context import tenant_scope
from tenants.models import AuditEvent, Tenant

LIST = "/settings/user-accounts/permissions/"
MODULES = "/settings/modules/"


def at(company, path="", *, of=None):
    """The address of the list, or of a page below it, or of a page of one group."""
    return f"{company.path}{LIST}{f'{of.pk}/' if of else ''}{path}"


def filled(group=None, **fields):
    """What a browser sends: of a new group, or of an existing one as its page showed it."""
    form = {"name": "Field crew", "description": "", "scopes": ["work_orders:view", "work_orders:edit"]}
    if group:
        form = {"name": group.name, "description": group.description, "scopes": group.scopes}
        form["seen"] = group.updated_at.isoformat()
        if group.is_read_only:
            form["is_read_only"] = "on"
    return {name: value for name, value in {**form, **fields}.items() if value is not None}


def fresh(company, group):
    with tenant_scope(company.tenant):
        return PermissionGroup.objects.filter(pk=group.pk).first()


def groups_of(company):
    with tenant_scope(company.tenant):
        return list(PermissionGroup.objects.order_by("pk"))


def modules_of(company):
    return Tenant.objects.values_list("modules", flat=True).get(pk=company.tenant.pk)


def lines_of(company, *verbs):
    with tenant_scope(company.tenant):
        lines = AuditEvent.objects.filter(verb__in=verbs) if verbs else AuditEvent.objects.all()
        return list(lines.order_by("sequence"))


def text_of(answer):
    """What a person reads of a page."""
    body = re.sub(r"<(script|style|head)\b.*?</\1>", " ", answer.content.decode(), flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", " ", body)))


def hidden(answer, name):
    """The value of a hidden field."""
    found = re.search(rf'<input type="hidden" name="{name}" value="([^"]*)"', answer.content.decode())
    return html.unescape(found[1]) if found else None


def ticks(answer):
    """The matrix of a page: {scope: (ticked, can be changed)}."""
    boxes = re.findall(r'<input type="checkbox" name="scopes" value="([^"]+)"([^>]*)>', answer.content.decode())
    return {scope: (" checked" in rest, " disabled" not in rest) for scope, rest in boxes}
