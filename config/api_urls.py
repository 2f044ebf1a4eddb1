"""The management API, below /t/<slug>/api/."""

app_name = "api"
urlpatterns: list[object] = []
