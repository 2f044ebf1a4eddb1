"""manage.py consumer copy: the same app in a second company."""

import io

import pytest
from django.core.management import CommandError, call_command

from consumers import credentials, logos
from consumers.models import ConsumerLogo
from tenants.context import tenant_scope
from tests.cast import make_app, make_group, make_machine
from tests.consumers.pages import consumers_of, verbs_of
from tests.consumers.test_logos import picture


def copy(key, acme, beta, *groups):
    out = io.StringIO()
    call_command("consumer", "copy", key, "--from", acme.slug, "--to", beta.slug, "--groups", *groups, stdout=out)
    return out.getvalue()


def test_the_app_has_the_same_key_and_a_secret_of_its_own(acme, beta):
    app = make_app(acme.tenant, url="https://app.example/", optional_scopes=["assets:view"])
    group = make_group(beta.tenant, "assets:view")
    with tenant_scope(acme.tenant):
        logos.keep(app.consumer, logos.drawn(picture()))

    said = copy(app.key, acme, beta, group.name)

    (made,) = consumers_of(beta)
    assert (made.key, made.name, made.url) == (app.key, app.consumer.name, "https://app.example/")
    assert made.optional_scopes == []
    secret = said.rpartition(" ")[2].strip()
    assert secret.startswith("gate_sec_")
    assert secret != app.secret
    with tenant_scope(beta.tenant):
        assert bytes(made.secrets.get().digest) == credentials.digest(secret)
        assert ConsumerLogo.objects.filter(consumer=made).exists()
    assert verbs_of(beta, made) == ["consumer.registered", "consumer.logo_changed"]


def test_a_public_app_has_no_secret_there_either(acme, beta):
    app, group = make_app(acme.tenant, public=True), make_group(beta.tenant)

    assert "secret" not in copy(app.key, acme, beta, group.name)


def test_what_can_not_be_copied_is_refused_in_words(acme, beta):
    app, machine, group = make_app(acme.tenant), make_machine(acme.tenant), make_group(beta.tenant)
    copy(app.key, acme, beta, group.name)

    for key, groups, sentence in (
        (app.key, [group.name], "already"),
        (machine.key, [group.name], "has no app for people"),
        ("gk_nobody", [group.name], "has no app for people"),
        (app.key, ["Nobody's"], "There is no such permission group: Nobody's."),
    ):
        with pytest.raises(CommandError, match=sentence):
            copy(key, acme, beta, *groups)
    assert len(consumers_of(beta)) == 1
