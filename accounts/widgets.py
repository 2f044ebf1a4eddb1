"""The widget behind templates/elements/chips.html."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

NOTHING = _("Nothing selected")


class ChipsSelect(forms.CheckboxSelectMultiple):
    """Several choices as chips with ×: checkboxes in the page, chips where scripts run."""

    def __init__(self, *args: Any, none_text: str | Promise = NOTHING, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.none_text = none_text
