"""Template words of the frame: a block shown twice, a moment in words."""

from __future__ import annotations

from datetime import datetime

from django import template
from django.template.context import RequestContext
from django.template.loader_tags import BLOCK_CONTEXT_KEY
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

register = template.Library()


@register.simple_tag(takes_context=True)
def block_again(context: RequestContext, name: str) -> str:
    """What the page put in a block, once more: the title is also the heading."""
    block = context.render_context[BLOCK_CONTEXT_KEY].get_block(name)
    return block.render(context)  # type: ignore[no-any-return]


@register.filter
def ago(moment: datetime) -> str:
    """ "3 hours ago", "in 2 days", "just now": one unit, the largest."""
    now = timezone.now()
    seconds = (now - moment).total_seconds()
    if abs(seconds) < 60:
        return _("just now")
    if seconds > 0:
        return _("%(time)s ago") % {"time": timesince(moment, now, depth=1)}
    return _("in %(time)s") % {"time": timesince(now, moment, depth=1)}


@register.simple_tag(takes_context=True)
def asked(context: RequestContext, name: str) -> str:
    """What the URL's query says for a name, or nothing."""
    request = context.get("request")
    return request.GET.get(name, "") if request else ""
