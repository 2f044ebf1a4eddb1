"""Permission groups and Modules, below /t/<slug>/settings/."""

from django.urls import path

from permissions import module_views, views

app_name = "permissions"
urlpatterns = [
    path("modules/", module_views.modules, name="modules"),
    path("user-accounts/permissions/", views.group_list, name="group-list"),
    path("user-accounts/permissions/new/", views.group_create, name="group-create"),
    path("user-accounts/permissions/new/preview/", views.group_preview, name="group-create-preview"),
    path("user-accounts/permissions/delete/", views.group_delete, name="group-delete"),
    path("user-accounts/permissions/<int:pk>/", views.group_detail, name="group-detail"),
    path("user-accounts/permissions/<int:pk>/preview/", views.group_preview, name="group-preview"),
]
