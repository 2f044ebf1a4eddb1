"""OAuth consumers, below /t/<slug>/settings/api-connections/oauth-consumers/."""

from django.urls import path

from consumers import views

app_name = "consumers"

urlpatterns = [
    path("", views.consumer_list, name="list"),
    path("new/", views.create, name="create"),
    # What is done to the rows picked in the list: ?selected=…
    path("suspend/", views.suspend, name="suspend"),
    path("resume/", views.resume, name="resume"),
    path("delete/", views.delete, name="delete"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/edit/", views.edit, name="edit"),
    path("<int:pk>/suspend/", views.suspend, name="suspend-one"),
    path("<int:pk>/resume/", views.resume, name="resume-one"),
    path("<int:pk>/delete/", views.delete, name="delete-one"),
    path("<int:pk>/credentials/<str:ticket>/", views.credentials, name="credentials"),
    path("<int:pk>/secrets/new/", views.add_secret, name="add-secret"),
    path("<int:pk>/secrets/<int:secret_pk>/retire/", views.retire_secret, name="retire-secret"),
    path("<int:pk>/logo/", views.logo, name="logo"),
    path("<int:pk>/logo/remove/", views.remove_logo, name="remove-logo"),
    path("<int:pk>/managers/new/", views.add_manager, name="add-manager"),
    path("<int:pk>/managers/<int:user_pk>/remove/", views.remove_manager, name="remove-manager"),
]
