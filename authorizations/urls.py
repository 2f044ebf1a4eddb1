"""App authorizations, below /settings/api-connections/app-authorizations/."""

from django.urls import path

from authorizations import views

app_name = "authorizations"

urlpatterns = [
    path("", views.authorizations, name="list"),
    path("revoke/", views.revoke, name="revoke"),
    path("revoke-matching/", views.revoke_matching, name="revoke-matching"),
    path("<int:pk>/", views.authorization, name="detail"),
    path("<int:pk>/revoke/", views.revoke_one, name="revoke-one"),
    path("of-consumer/<int:pk>/revoke/", views.revoke_consumer, name="revoke-consumer"),
    path("of-person/<int:pk>/revoke/", views.revoke_person, name="revoke-person"),
    path("of-consumer/<int:pk>/authorize-again/", views.authorize_again, name="authorize-again"),
]
