"""The code a person types for a device."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from authorizations import devices


class DeviceForm(forms.Form):
    """`user_code` comes out as it is kept (devices.typed)."""

    user_code = forms.CharField(
        label=_("Code"),
        max_length=40,
        help_text=_("Eight letters, as your device shows them."),
        widget=forms.TextInput(
            attrs={
                "autocapitalize": "characters",
                "autocomplete": "off",
                "autocorrect": "off",
                "autofocus": True,
                "placeholder": "XXXX-XXXX",
                "spellcheck": "false",
            }
        ),
        error_messages={"required": _("Type the code that your device shows.")},
    )

    def clean_user_code(self) -> str:
        code = devices.typed(self.cleaned_data["user_code"])
        if not code:
            raise forms.ValidationError(_("A code has eight letters and no vowels. Look at your device again."))
        return code
