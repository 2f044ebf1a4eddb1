"""The wire, below /t/<slug>/: endpoints and discovery. doors.WireMiddleware answers them; the names are for links."""

from django.urls import path

from oauth import doors

app_name = "oauth"
urlpatterns = [
    path("oauth/token", doors.view, name="token"),
    path("oauth/introspect", doors.view, name="introspect"),
    path("oauth/revoke", doors.view, name="revoke"),
    path("oauth/jwks", doors.view, name="jwks"),
    path(".well-known/oauth-authorization-server", doors.view, name="metadata"),
]
