"""The platform's pages outside any company: choose company, what's new, help."""

app_name = "platform"
urlpatterns: list[object] = []
