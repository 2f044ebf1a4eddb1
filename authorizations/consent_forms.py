"""What the consent page posts with a yes: what was left ticked, and for how long. Nothing else is believed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from authorizations.asking import AS_AGREED, AS_LONG_AS_THE_APP, Question
from permissions.scopes import Scopes

CHANGED = _("Something on this page has changed meanwhile. Please read it once more and decide.")
NOTHING_TICKED = _("Tick at least one permission, or press Deny.")


class ConsentForm(forms.Form):
    """Of one question. Unknown values in `ticked` are what only an edited page sends: they give nothing."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    lasts = forms.ChoiceField(label=_("How long"), required=False)

    def __init__(self, *args: Any, question: Question, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.question = question
        self.initial["seen"] = question.fingerprint
        choices = question.ends
        if choices:
            self.fields["lasts"].choices = choices  # type: ignore[attr-defined]
            self.fields["lasts"].required = True
        else:
            del self.fields["lasts"]

    @property
    def ticked(self) -> Scopes:
        """Until somebody has sent the form, all but what this person unticked before."""
        if not self.is_bound:
            return self.question.optional - self.question.declined
        return self.question.optional & frozenset(self.data.getlist("ticked"))  # type: ignore[attr-defined]

    @property
    def scopes(self) -> Scopes:
        return self.question.chosen(self.ticked)

    @property
    def keeps_end(self) -> bool:
        return self.cleaned_data.get("lasts") == AS_AGREED

    @property
    def until(self) -> datetime | None:
        if self.keeps_end:
            return self.question.agreed_end
        lasts = self.cleaned_data.get("lasts") or AS_LONG_AS_THE_APP
        return timezone.now() + timedelta(days=int(lasts)) if lasts.isdigit() else None

    def clean_seen(self) -> str:
        seen: str = self.cleaned_data["seen"]
        if seen != self.question.fingerprint:
            raise forms.ValidationError(CHANGED, code="changed")
        return seen
