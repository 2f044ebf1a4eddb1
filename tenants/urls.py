"""General, Members and the Transactions log, below /t/<slug>/settings/."""

app_name = "tenants"
urlpatterns: list[object] = []
