"""Two nodes on one database behave as one: what is suspended, revoked or narrowed through the first bites on
the second at its next request."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from django.utils import timezone

from authorizations import granting
from authorizations.models import Authorization, RefreshToken, TokenFamily
from tenants.context import tenant_scope
from tests.cast import VERIFIER, make_app, make_code, make_group, make_machine, make_yes
from tests.servers import start_server

# The nodes are asked at once, without a pause: "at once" is what is promised.


@pytest.fixture(scope="module")
def nodes() -> Iterator[tuple[httpx.Client, httpx.Client]]:
    with (
        start_server() as first,
        start_server(environment={"GATEHOUSE_BASE_URL": first}) as second,
        httpx.Client(base_url=first) as one,
        httpx.Client(base_url=second) as two,
    ):
        yield one, two


def token(node: httpx.Client, company, machine, **form: str) -> httpx.Response:
    return node.post(
        f"{company.path}/oauth/token", auth=machine.auth, data={"grant_type": "client_credentials", **form}
    )


def introspect(node: httpx.Client, company, machine, access_token: str) -> dict:
    answer = node.post(f"{company.path}/oauth/introspect", auth=machine.auth, data={"token": access_token})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_token_of_one_node_is_known_to_the_other(nodes, acme):
    one, two = nodes
    machine = make_machine(acme.tenant)
    issued = token(one, acme, machine).json()["access_token"]
    assert introspect(two, acme, machine, issued)["active"] is True


def test_suspending_a_consumer_through_one_node_stops_it_on_the_other(nodes, acme):
    one, two = nodes
    machine = make_machine(acme.tenant)
    watcher = make_machine(acme.tenant, "authorizations:view")
    issued = token(two, acme, machine).json()["access_token"]
    manager = make_machine(acme.tenant, "consumers:edit", "consumers:view")
    bearer = {"Authorization": f"Bearer {token(one, acme, manager).json()['access_token']}"}
    answer = one.put(f"{acme.path}/api/v1/consumers/{machine.consumer.pk}/suspension", headers=bearer)
    assert answer.status_code in {200, 204}, answer.text
    assert token(two, acme, machine).status_code == 401
    assert introspect(two, acme, watcher, issued) == {"active": False}


def test_revoking_on_one_node_ends_tokens_on_the_other(nodes, acme):
    one, two = nodes
    machine = make_machine(acme.tenant)
    issued = token(one, acme, machine).json()["access_token"]
    assert introspect(two, acme, machine, issued)["active"] is True
    with tenant_scope(acme.tenant):
        granting.revoke(Authorization.objects.get(consumer=machine.consumer), by=acme.ana)
    assert introspect(two, acme, machine, issued) == {"active": False}
    refused = token(two, acme, machine)
    assert (refused.status_code, refused.json()["error"]) == (400, "unauthorized_client")


@pytest.mark.rfc("7009", "2.2", "TN-07")
def test_a_token_revoked_at_one_node_is_dead_at_the_other(nodes, acme):
    one, two = nodes
    machine = make_machine(acme.tenant)
    issued = token(one, acme, machine).json()["access_token"]
    revoked = one.post(f"{acme.path}/oauth/revoke", auth=machine.auth, data={"token": issued})
    assert (revoked.status_code, revoked.json()) == (200, {})
    assert introspect(two, acme, machine, issued) == {"active": False}


def test_narrowing_a_group_narrows_on_the_other_node(nodes, acme):
    one, two = nodes
    group = make_group(acme.tenant, "assets:view", "work_orders:view")
    machine = make_machine(acme.tenant, groups=[group])
    issued = token(one, acme, machine).json()["access_token"]
    assert introspect(two, acme, machine, issued)["scope"] == "assets:view work_orders:view"
    with tenant_scope(acme.tenant):
        group.scopes = ["assets:view"]
        group.save(update_fields=["scopes"])
    assert introspect(two, acme, machine, issued)["scope"] == "assets:view"
    assert token(two, acme, machine, scope="work_orders:view").json()["error"] == "invalid_scope"


def test_a_suspended_company_is_suspended_on_both_nodes(nodes, acme):
    one, two = nodes
    machine = make_machine(acme.tenant)
    issued = token(two, acme, machine).json()["access_token"]
    assert introspect(one, acme, machine, issued)["active"] is True
    with tenant_scope(acme.tenant):
        acme.tenant.suspended_at = timezone.now()
        acme.tenant.save(update_fields=["suspended_at"])
    for node in (one, two):
        assert token(node, acme, machine).status_code == 401
        assert introspect(node, acme, machine, issued) == {"active": False}


def at_once(nodes, company, app, form) -> list[httpx.Response]:
    """The same request fifty times, by turns to one node and the other."""

    def ask(number: int) -> httpx.Response:
        return nodes[number % 2].post(f"{company.path}/oauth/token", auth=app.auth, data=form)

    with ThreadPoolExecutor(50) as pool:
        return list(pool.map(ask, range(50)))


@pytest.mark.rfc("6749", "4.1.2", "CG-11")
def test_of_fifty_at_once_on_two_nodes_one_redeems_a_code(nodes, acme):
    app = make_app(acme.tenant)
    family = make_yes(app, acme.ana)
    form = {"grant_type": "authorization_code", "code": make_code(family), "code_verifier": VERIFIER}
    answers = at_once(nodes, acme, app, form)
    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 49
    with tenant_scope(acme.tenant):
        assert RefreshToken.objects.filter(family=family).count() == 1
        assert TokenFamily.objects.filter(consumer=app.consumer).count() == 1


@pytest.mark.rfc("9700", "4.14", "RT-10")
def test_fifty_refreshes_at_once_on_two_nodes_leave_one_living_family(nodes, acme):
    one, _ = nodes
    app = make_app(acme.tenant)
    form = {"grant_type": "authorization_code", "code": make_code(make_yes(app, acme.ana)), "code_verifier": VERIFIER}
    tokens = one.post(f"{acme.path}/oauth/token", auth=app.auth, data=form).json()
    answers = at_once(nodes, acme, app, {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]})
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["refresh_token"] for answer in answers}) == 1
    with tenant_scope(acme.tenant):
        assert TokenFamily.objects.living().filter(consumer=app.consumer).count() == 1
        assert RefreshToken.objects.filter(used_at=None).count() == 1


@pytest.mark.rfc("6749", "5.2", "TN-13")
def test_a_node_that_restarts_has_lost_nothing(acme):
    machine = make_machine(acme.tenant)
    with start_server() as address, httpx.Client(base_url=address) as node:
        issued = token(node, acme, machine).json()["access_token"]
    with start_server() as address, httpx.Client(base_url=address) as node:
        assert introspect(node, acme, machine, issued)["active"] is True
