"""django-oauth-toolkit's own views, under the names our endpoints have."""

from django.urls import path
from oauth2_provider import views

urlpatterns = [
    path("oauth/authorize", views.AuthorizationView.as_view()),
    path("oauth/token", views.TokenView.as_view()),
    path("oauth/introspect", views.IntrospectTokenView.as_view()),
    path("oauth/revoke", views.RevokeTokenView.as_view()),
]
