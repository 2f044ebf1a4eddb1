"""Template words of the frame: a block shown twice, a moment in words."""

from __future__ import annotations

from django import template
from django.forms import BoundField
from django.template.context import RequestContext
from django.template.loader_tags import BLOCK_CONTEXT_KEY
from django.utils.translation import gettext as _
from django_filters import FilterSet

from tenants.moments import ago

register = template.Library()
register.filter(ago)


@register.simple_tag(takes_context=True)
def block_again(context: RequestContext, name: str) -> str:
    """What the page put in a block, once more: the title is also the heading."""
    block = context.render_context[BLOCK_CONTEXT_KEY].get_block(name)
    return block.render(context)


@register.simple_tag(takes_context=True)
def asked(context: RequestContext, name: str) -> str:
    """What the URL's query says for a name, or nothing."""
    request = context.get("request")
    return request.GET.get(name, "") if request else ""


@register.simple_tag
def filter_fields(filter_set: FilterSet) -> list[BoundField]:
    """A list's filters without the search. Their ids keep clear of those in a drawer over the list."""
    filter_set.form.auto_id = "filter_%s"
    return [field for field in filter_set.form if field.name != "q"]


BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


@register.filter
def device(user_agent: str) -> str:
    """ "Firefox, Windows" from what a browser says of itself; whatever it says when that is something else."""
    browser = next((name for mark, name in BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in SYSTEMS if mark in user_agent), "")
    return ", ".join(filter(None, (browser, system))) or user_agent[:80] or _("Unknown device")
