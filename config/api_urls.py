"""The management API, below /t/<slug>/api/. Addresses have no slash at the end; with one they work as well."""

from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, path

from authorizations.rest import AuthorizationResource
from config import api
from consumers.rest import ConsumerResource, SecretResource
from permissions.group_rest import GroupResource

app_name = "api"


def in_its_own_words(view: Any) -> Any:
    """It says in JSON that no token of a suspended company is any good, where a page would be shown otherwise."""
    view.answers_when_suspended = True
    return view


def resource(route: str, view: Any, methods: dict[str, str], name: str) -> Iterator[URLPattern]:
    answer = in_its_own_words(view.as_view(methods))
    yield path(f"v1/{route}", answer, name=name)
    yield path(f"v1/{route}/", answer)


urlpatterns = [
    path("", api.reference, name="reference"),
    path("schema", api.schema, name="schema"),
    path("schema/", api.schema),
    *resource("consumers", ConsumerResource, {"get": "list", "post": "create"}, "consumers"),
    *resource(
        "consumers/<int:pk>",
        ConsumerResource,
        {"get": "retrieve", "patch": "partial_update", "delete": "destroy"},
        "consumer",
    ),
    *resource(
        "consumers/<int:pk>/suspension", ConsumerResource, {"put": "suspend", "delete": "resume"}, "consumer-suspension"
    ),
    *resource("consumers/<int:consumer_id>/secrets", SecretResource, {"get": "list", "post": "create"}, "secrets"),
    *resource("consumers/<int:consumer_id>/secrets/<int:pk>", SecretResource, {"delete": "destroy"}, "secret"),
    *resource(
        "consumers/<int:pk>/authorizations",
        AuthorizationResource,
        {"delete": "destroy_all_of_consumer"},
        "consumer-authorizations",
    ),
    *resource("permission-groups", GroupResource, {"get": "list", "post": "create"}, "permission-groups"),
    *resource(
        "permission-groups/<int:pk>",
        GroupResource,
        {"get": "retrieve", "patch": "partial_update", "delete": "destroy"},
        "permission-group",
    ),
    *resource(
        "users/<int:pk>/authorizations",
        AuthorizationResource,
        {"delete": "destroy_all_of_user"},
        "user-authorizations",
    ),
    *resource("authorizations", AuthorizationResource, {"get": "list"}, "authorizations"),
    *resource(
        "authorizations/<int:pk>", AuthorizationResource, {"get": "retrieve", "delete": "destroy"}, "authorization"
    ),
    path("v1/", in_its_own_words(api.NotThere.as_view())),
    path("v1/<path:rest>", in_its_own_words(api.NotThere.as_view())),
]
