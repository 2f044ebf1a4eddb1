"""django-allauth's forms in our words: labels alone, no placeholder that repeats them (settings.ACCOUNT_FORMS)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account import forms as allauth
from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts import errands
from accounts.models import Errand

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

    def clean_email(self) -> str:
        """Whether it is anybody's is looked up later, where nobody waits for an answer."""
        return str(self.cleaned_data["email"])

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        email: str = self.cleaned_data["email"]
        errands.leave(Errand.Kind.FORGOTTEN, email, request)
        return email


class NewPasswordForm(Labelled, allauth.ResetPasswordKeyForm):  # type: ignore[misc]
    pass


class ChangePasswordForm(Labelled, allauth.ChangePasswordForm):  # type: ignore[misc]
    pass


class ConfirmForm(Labelled, allauth.ReauthenticateForm):  # type: ignore[misc]
    pass
