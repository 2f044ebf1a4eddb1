"""Template words of our own, built in everywhere: URLs of the platform from inside a company's site."""

from django import template

from tenants.context import platform_url as platform_path

register = template.Library()


@register.simple_tag
def platform_url(name: str, *args: object) -> str:
    return platform_path(name, *args)
