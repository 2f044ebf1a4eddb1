"""The wire, below /t/<slug>/: endpoints and discovery."""

app_name = "oauth"
urlpatterns: list[object] = []
