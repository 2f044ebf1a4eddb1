"""Account pages outside a company, below /accounts/. Signing in itself is django-allauth's."""

from django.urls import path

from accounts import views

app_name = "accounts"

urlpatterns = [
    # People keep the address they were invited with, so allauth's page for changing it is covered up.
    path("email/", views.not_offered),
    path("profile/", views.profile, name="profile"),
    path("language/", views.language, name="language"),
    path("theme/", views.theme, name="theme"),
]
