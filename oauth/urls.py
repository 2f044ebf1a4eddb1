"""The wire, below /t/<slug>/: endpoints and discovery (doors.WireMiddleware answers them; the names are for links), and
the one page that belongs to it."""

from django.urls import path

from oauth import doors
from oauth.tester import tester

app_name = "oauth"
urlpatterns = [
    path("oauth/token", doors.view, name="token"),
    path("oauth/introspect", doors.view, name="introspect"),
    path("oauth/revoke", doors.view, name="revoke"),
    path("oauth/device_authorization", doors.view, name="device_authorization"),
    path("oauth/jwks", doors.view, name="jwks"),
    path(".well-known/oauth-authorization-server", doors.view, name="metadata"),
    path("settings/api-connections/oauth-consumers/<int:pk>/token-test/", tester, name="tester"),
]
