"""The platform's own pages. A company's site is config.tenant_urls."""

from allauth.account import views as account
from allauth.mfa.base import views as second_factor
from django.urls import include, path

from authorizations.arriving import on_the_way_to_an_app
from config import health

handler400 = "config.errors.bad_request"
handler403 = "config.errors.permission_denied"
handler404 = "config.errors.page_not_found"
handler500 = "config.errors.server_error"

urlpatterns = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("accounts/", include("accounts.urls")),
    path("accounts/login/", on_the_way_to_an_app(account.login), name="account_login"),
    path("accounts/reauthenticate/", on_the_way_to_an_app(account.reauthenticate), name="account_reauthenticate"),
    path("accounts/2fa/authenticate/", on_the_way_to_an_app(second_factor.authenticate), name="mfa_authenticate"),
    path("accounts/2fa/reauthenticate/", on_the_way_to_an_app(second_factor.reauthenticate), name="mfa_reauthenticate"),
    path("accounts/", include("allauth.urls")),
    path("", include("config.platform_urls")),
]
