"""The tag `lucide`, of which a page holds dozens: an icon is drawn once per process, not once per place.

Stands in for the package's own tag library of the same name (config.settings).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django import template
from django.template.base import FilterExpression, Node, Parser, TextNode, Token, Variable, token_kwargs
from django.template.context import Context
from django.utils.safestring import SafeString, mark_safe
from lucide.templatetags.lucide import lucide as drawn_by_lucide

register = template.Library()


@register.tag
def lucide(parser: Parser, token: Token) -> Node:
    """{% lucide "plus" size=16 class="icon" aria_hidden="true" %}"""
    _, name, *rest = token.split_contents()
    icon = IconNode(parser.compile_filter(name), token_kwargs(rest, parser))
    if rest:
        raise template.TemplateSyntaxError(f"lucide takes an icon's name and attributes, not {' '.join(rest)}")
    return TextNode(icon.render(Context())) if icon.is_constant else icon


class IconNode(Node):
    def __init__(self, name: FilterExpression, attributes: dict[str, FilterExpression]) -> None:
        self.name, self.attributes = name, attributes

    @property
    def is_constant(self) -> bool:
        return all(map(is_constant, (self.name, *self.attributes.values())))

    def render(self, context: Context) -> SafeString:
        attributes = tuple((name, str(value.resolve(context)) + "") for name, value in self.attributes.items())
        return drawn(str(self.name.resolve(context)) + "", attributes)


def is_constant(expression: FilterExpression) -> bool:
    variable = expression.var
    return not expression.filters and not (isinstance(variable, Variable) and variable.lookups)


@lru_cache(maxsize=512)
def drawn(name: str, attributes: tuple[tuple[str, str], ...]) -> SafeString:
    return mark_safe(drawn_by_lucide(name, **dict[str, Any](attributes)))  # noqa: S308 (lucide escapes attributes)
