"""OAuth consumers, below /t/<slug>/settings/api-connections/oauth-consumers/."""

app_name = "consumers"
urlpatterns: list[object] = []
