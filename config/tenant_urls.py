"""The whole site of a company, as seen from below /t/<slug>/ or its own host name."""

from django.urls import include, path

from authorizations import consent
from authorizations.device_views import device, device_done
from consumers.logos import logo
from tenants.stylesheet import stylesheet
from tenants.views import home, join

handler400 = "config.errors.bad_request"
handler403 = "config.errors.permission_denied"
handler404 = "config.errors.page_not_found"
handler500 = "config.errors.server_error"

urlpatterns = [
    path("", home, name="home"),
    path("theme.css", stylesheet, name="theme"),
    path("logos/<int:pk>.png", logo, name="logo"),
    path("join/<str:token>/", join, name="join"),
    path("consent/<str:reference>/", consent.consent, name="consent"),
    path("consent/<str:reference>/allow/", consent.allow, name="consent-allow"),
    path("consent/<str:reference>/deny/", consent.deny, name="consent-deny"),
    path("device/", device, name="device"),
    path("device/done/<str:reference>/", device_done, name="device-done"),
    path("settings/", include("tenants.urls")),
    path("settings/", include("permissions.urls")),
    path("settings/account/", include("accounts.tenant_urls")),
    path("settings/api-connections/oauth-consumers/", include("consumers.urls")),
    path("settings/api-connections/app-authorizations/", include("authorizations.urls")),
    path("api/", include("config.api_urls")),
    path("", include("oauth.urls")),
]
