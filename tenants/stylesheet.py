"""A company's colour as a stylesheet: the one custom property the design system derives its accent from."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control

from tenants.context import current_tenant


@cache_control(public=True, max_age=86400)
def stylesheet(request: HttpRequest) -> HttpResponse:
    colour = current_tenant().colour  # checked by the model: "#" and six hexadecimal digits
    rule = f":root {{ --brand: {colour}; }}\n" if colour else ""
    return HttpResponse(rule, content_type="text/css; charset=utf-8")
