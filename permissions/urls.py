"""Permission groups and Modules, below /t/<slug>/settings/."""

app_name = "permissions"
urlpatterns: list[object] = []
