"""The page that gets a token with the consumer's own secret."""

import pytest
from django.test import Client

from permissions import object_access
from tenants.context import tenant_scope
from tests.cast import make_machine


def try_it(acme, person, machine, **fields):
    browser = Client()
    browser.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    path = f"{acme.path}/settings/api-connections/oauth-consumers/{machine.consumer.pk}/token-test/"
    return browser.post(path, {"secret": machine.secret, **fields})


@pytest.mark.parametrize("method", ["", "client_secret_basic", "client_secret_post"])
def test_a_super_admin_gets_a_token_and_sees_the_answer(acme, method):
    machine = make_machine(acme.tenant, "assets:view", token_endpoint_auth_method=method)
    answer = try_it(acme, acme.ana, machine)
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "200 OK" in text
    assert "gate_at_" in text
    assert "no-store" in answer["Cache-Control"]
    assert machine.secret not in text


def test_a_refusal_is_shown_as_it_is(acme, machine):
    answer = try_it(acme, acme.ana, machine, secret="wrong", scope="assets:view")
    text = answer.content.decode()
    assert "401 Unauthorized" in text
    assert "invalid_client" in text
    assert 'value="assets:view"' in text


@pytest.mark.parametrize("scope", ["\0", "é", "x" * 30_000, "<script>"])
def test_what_was_typed_is_harmless(acme, machine, scope):
    answer = try_it(acme, acme.ana, machine, scope=scope)
    assert answer.status_code == 200
    assert b"<script>" not in answer.content.replace(b"<script src", b"")


def test_only_who_manages_the_consumer_may_try(acme, beta, machine):
    assert try_it(acme, acme.dora, machine).status_code == 404
    with tenant_scope(acme.tenant):
        object_access.give(acme.dora, machine.consumer)
    assert try_it(acme, acme.dora, machine).status_code == 200
    assert try_it(acme, acme.otto, machine).status_code == 403
    assert try_it(acme, acme.ben, machine).status_code == 404
    assert try_it(acme, beta.eve, machine).status_code == 404
    foreign = make_machine(beta.tenant)
    assert try_it(acme, acme.ana, foreign).status_code == 404


def test_it_answers_to_post_alone(acme, machine):
    browser = Client()
    browser.force_login(acme.ana, backend="allauth.account.auth_backends.AuthenticationBackend")
    path = f"{acme.path}/settings/api-connections/oauth-consumers/{machine.consumer.pk}/token-test/"
    assert browser.get(path).status_code == 405
