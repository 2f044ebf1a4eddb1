"""The whole site of a company, as seen from below /t/<slug>/ or its own host name."""

from django.urls import include, path

from tenants.stylesheet import stylesheet
from tenants.views import home, join

handler400 = "config.errors.bad_request"
handler403 = "config.errors.permission_denied"
handler404 = "config.errors.page_not_found"
handler500 = "config.errors.server_error"

urlpatterns = [
    path("", home, name="home"),
    path("theme.css", stylesheet, name="theme"),
    path("join/<str:token>/", join, name="join"),
    path("settings/", include("tenants.urls")),
    path("settings/", include("permissions.urls")),
    path("settings/account/", include("accounts.tenant_urls")),
    path("settings/api-connections/oauth-consumers/", include("consumers.urls")),
    path("settings/api-connections/app-authorizations/", include("authorizations.urls")),
    path("api/", include("config.api_urls")),
    path("", include("oauth.urls")),
]
