"""The platform's pages outside any company: choose company, what's new, help."""

from django.urls import path

from accounts import platform
from authorizations import connected
from config import demo
from oauth.endpoints.choosing import authorize_somewhere

app_name = "platform"

urlpatterns = [
    path("", platform.home, name="home"),
    path("companies/", platform.companies, name="companies"),
    path("connected-apps/", connected.connected_apps, name="connected-apps"),
    path("connected-apps/<slug:company>/<int:pk>/revoke/", connected.revoke_app, name="connected-app-revoke"),
    path("whats-new/", platform.whats_new, name="whats-new"),
    path("oauth/authorize", authorize_somewhere, name="authorize"),
    path("help/", platform.help_and_support, name="help"),
    path("elements/", platform.elements, name="elements"),
    path("elements/drawer/", platform.specimen_drawer, name="specimen-drawer"),
    path("elements/question/", platform.specimen_question, name="specimen-question"),
    path("demo/sign-in/<str:token>/", demo.sign_in, name="demo-sign-in"),
]
