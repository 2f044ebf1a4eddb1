"""My own account inside a company's settings."""

from django.urls import path

from accounts import views
from tenants.access import member_required

app_name = "accounts"

urlpatterns = [
    path("", member_required(views.profile), name="profile"),
]
