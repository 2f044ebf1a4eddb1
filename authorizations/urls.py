"""App authorizations, below /t/<slug>/settings/api-connections/app-authorizations/."""

app_name = "authorizations"
urlpatterns: list[object] = []
