"""My own account inside a company's settings."""

app_name = "account_pages"
urlpatterns: list[object] = []
