"""The wire, below /t/<slug>/: endpoints and discovery (doors.WireMiddleware answers them; the names are for links), and
the one page that belongs to it."""

from django.urls import path

from oauth import doors
from oauth.endpoints.authorize import authorize
from oauth.endpoints.continuing import go_on
from oauth.endpoints.end_session import confirmed, end_session
from oauth.tester import tester

app_name = "oauth"
urlpatterns = [
    path("oauth/authorize", authorize, name="authorize"),
    path("oauth/authorize/<str:reference>", go_on, name="continue"),
    path("oauth/token", doors.view, name="token"),
    path("oauth/introspect", doors.view, name="introspect"),
    path("oauth/revoke", doors.view, name="revoke"),
    path("oauth/device_authorization", doors.view, name="device_authorization"),
    path("oauth/userinfo", doors.view, name="userinfo"),
    path("oauth/end_session", end_session, name="end_session"),
    path("oauth/end_session/confirmed", confirmed, name="end_session_confirmed"),
    path("oauth/jwks", doors.view, name="jwks"),
    path(".well-known/oauth-authorization-server", doors.view, name="metadata"),
    path(".well-known/openid-configuration", doors.view, name="openid-configuration"),
    path("settings/api-connections/oauth-consumers/<int:pk>/token-test/", tester, name="tester"),
]
