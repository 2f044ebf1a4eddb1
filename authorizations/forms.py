"""The rows picked in the list, as they come in the URL."""

from __future__ import annotations

from typing import Any

from django import forms

MOST_PICKED = 1000


class PickedField(forms.Field):
    """Repeated whole numbers. What is none is passed over: a forged or worn-out URL picks less, never more."""

    widget = forms.SelectMultiple

    def clean(self, value: Any) -> frozenset[int]:
        digits = [text for text in value or [] if text.isascii() and text.isdecimal() and len(text) < 19]
        return frozenset(map(int, digits[:MOST_PICKED]))


class PickedForm(forms.Form):
    selected = PickedField()
