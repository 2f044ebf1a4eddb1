"""django-allauth's forms in our words: labels alone, no placeholder that repeats them (settings.ACCOUNT_FORMS)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account import forms as allauth
from django import forms
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    Base = forms.Form
else:
    Base = object


class Labelled(Base):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)


class SignInForm(Labelled, allauth.LoginForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("E-mail")
        self.fields["login"].widget.attrs["autofocus"] = True
        # Whom an app expects (OpenID Connect Core §3.1.2.1); the person may be another.
        self.fields["login"].initial = self.request.GET.get("login_hint", "")[:254] if self.request else ""


class ForgottenPasswordForm(Labelled, allauth.ResetPasswordForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = _("E-mail")
        self.fields["email"].widget.attrs["autofocus"] = True


class NewPasswordForm(Labelled, allauth.ResetPasswordKeyForm):  # type: ignore[misc]
    pass


class ChangePasswordForm(Labelled, allauth.ChangePasswordForm):  # type: ignore[misc]
    pass


class ConfirmForm(Labelled, allauth.ReauthenticateForm):  # type: ignore[misc]
    pass
