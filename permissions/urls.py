"""Permission groups, Modules and the drawers of Members, below /t/<slug>/settings/."""

from django.urls import path

from permissions import member_views, module_views, views

app_name = "permissions"
urlpatterns = [
    path("modules/", module_views.modules, name="modules"),
    path("user-accounts/members/new/", member_views.member_invite, name="member-invite"),
    path("user-accounts/members/<int:pk>/", member_views.member, name="member"),
    path("user-accounts/permissions/", views.group_list, name="group-list"),
    path("user-accounts/permissions/new/", views.group_create, name="group-create"),
    path("user-accounts/permissions/new/preview/", views.group_preview, name="group-create-preview"),
    path("user-accounts/permissions/delete/", views.group_delete, name="group-delete"),
    path("user-accounts/permissions/<int:pk>/", views.group_detail, name="group-detail"),
    path("user-accounts/permissions/<int:pk>/preview/", views.group_preview, name="group-preview"),
]
