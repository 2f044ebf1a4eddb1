"""General, Members and the Transactions log, below /t/<slug>/settings/. The drawers of Members are permissions.urls."""

from django.urls import path

from tenants import views

app_name = "tenants"

MEMBERS = "user-accounts/members/"

urlpatterns = [
    path("general/", views.general, name="general"),
    path(MEMBERS, views.member_list, name="members"),
    path(f"{MEMBERS}suspend/", views.members_suspend, name="members-suspend"),
    path(f"{MEMBERS}resume/", views.members_resume, name="members-resume"),
    path(f"{MEMBERS}remove/", views.members_remove, name="members-remove"),
    path(f"{MEMBERS}<int:pk>/invitation/", views.member_invitation, name="member-invitation"),
    path("transactions-log/", views.transactions, name="transactions"),
    path("transactions-log/<int:sequence>/", views.transaction, name="transaction"),
]
