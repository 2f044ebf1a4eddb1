"""django-oauth-toolkit's own views, under the names our endpoints have."""

from django.urls import include, path
from oauth2_provider import views

endpoints = [
    path("oauth/authorize", views.AuthorizationView.as_view(), name="authorize"),
    path("oauth/token", views.TokenView.as_view(), name="token"),
    path("oauth/introspect", views.IntrospectTokenView.as_view(), name="introspect"),
    path("oauth/revoke", views.RevokeTokenView.as_view(), name="revoke-token"),
    path("oauth/userinfo", views.UserInfoView.as_view(), name="user-info"),
    path("oauth/jwks", views.JwksInfoView.as_view(), name="jwks-info"),
    path("oauth/end_session", views.RPInitiatedLogoutView.as_view(), name="rp-initiated-logout"),
    path("oauth/device_authorization", views.DeviceAuthorizationView.as_view(), name="device-authorization"),
    path("device/", views.DeviceUserCodeView.as_view(), name="device"),
    path("device/<slug:client_id>/<slug:user_code>", views.DeviceConfirmView.as_view(), name="device-confirm"),
    path(
        "device/done/<slug:client_id>/<slug:user_code>",
        views.DeviceGrantStatusView.as_view(),
        name="device-grant-status",
    ),
    path(
        ".well-known/oauth-authorization-server", views.OAuthServerMetadataView.as_view(), name="oauth-server-metadata"
    ),
    path(
        ".well-known/openid-configuration",
        views.ConnectDiscoveryInfoView.as_view(),
        name="oidc-connect-discovery-info",
    ),
]
urlpatterns = [path("", include((endpoints, "oauth2_provider")))]
