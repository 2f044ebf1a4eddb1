"""A program that calls the management API with a token of its own."""

import json
from urllib.parse import urlencode

from django.test import Client

from tests.cast import make_machine

EVERYTHING = (
    "consumers:view",
    "consumers:add",
    "consumers:edit",
    "consumers:delete",
    "permission_groups:view",
    "permission_groups:add",
    "permission_groups:edit",
    "permission_groups:delete",
    "authorizations:view",
    "authorizations:delete",
)
GOODS = ("assets:view", "work_orders:view", "work_orders:edit")


class Caller:
    def __init__(self, company, machine, scope=""):
        self.company, self.machine = company, machine
        self.http = Client()
        self.token = token_of(company, machine, scope)

    def __call__(self, method, path, body=None, **headers):
        sent = {"Authorization": f"Bearer {self.token}", **headers}
        return self.raw(method, path, json.dumps(body) if body is not None else "", sent)

    def raw(self, method, path, data="", headers=None, content_type="application/json"):
        url = path if path.startswith("/") else f"{self.company.path}/api/v1/{path}"
        return self.http.generic(method, url, data=data, content_type=content_type, headers=headers or {})

    def get(self, path):
        return self("GET", path)

    def post(self, path, body):
        return self("POST", path, body)

    def patch(self, path, body):
        return self("PATCH", path, body)

    def delete(self, path):
        return self("DELETE", path)


def token_of(company, machine, scope=""):
    form = {"grant_type": "client_credentials", "client_id": machine.key, "client_secret": machine.secret}
    if scope:
        form["scope"] = scope
    answer = Client().post(f"{company.path}/oauth/token", urlencode(form), "application/x-www-form-urlencoded")
    assert answer.status_code == 200, answer.content
    return answer.json()["access_token"]


def manager_of(company, *scopes, **fields):
    """A caller that may do everything, or what `scopes` say."""
    return Caller(company, make_machine(company.tenant, *(scopes or EVERYTHING + GOODS), **fields))
