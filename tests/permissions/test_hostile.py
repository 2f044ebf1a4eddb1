"""Whatever is sent to these forms: an answer in the two or four hundreds, and a group that is still possible."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from permissions import catalogue
from tests.cast import make_group, make_machine
from tests.permissions.pages import at, groups_of, modules_of

ODD = some.text(max_size=30) | some.sampled_from(["\x00", "on", "' OR 1=1 --", "{{ 7*7 }}", "\u202e", "9" * 40, "%s"])
SCOPES = some.lists(some.sampled_from(sorted(["assets:view", "assets:edit", "reports:view", "x:y"])) | ODD, max_size=5)
FIELDS = some.fixed_dictionaries(
    {},
    optional={
        "name": ODD,
        "description": ODD,
        "is_read_only": ODD,
        "scopes": SCOPES,
        "seen": ODD,
        "reviewed": ODD,
        "tenant_id": ODD,
        "id": ODD,
    },
)
often = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def sendable(text):
    return text.encode("utf-8", "replace").decode()


def cleaned(fields):
    return {
        sendable(name): [sendable(one) for one in value] if isinstance(value, list) else sendable(value)
        for name, value in fields.items()
    }


@pytest.fixture
def used_group(acme):
    group = make_group(acme.tenant, "assets:view", "assets:edit")
    make_machine(acme.tenant, groups=[group])
    return group


@often
@given(fields=FIELDS, current=some.booleans())
def test_no_form_of_a_group_is_too_odd(acme, used_group, as_person, fields, current):
    ana, sent = as_person(acme.ana), cleaned(fields)
    now = next(group for group in groups_of(acme) if group.pk == used_group.pk)
    if current:
        sent["seen"] = now.updated_at.isoformat()
    for path in (f"{used_group.pk}/", f"{used_group.pk}/preview/", "new/", "new/preview/"):
        assert ana.post(at(acme, path), sent).status_code in (200, 302, 422)
    known, on = catalogue.all_scopes(), modules_of(acme)
    for group in groups_of(acme):
        assert group.tenant_id == acme.tenant.pk
        assert set(group.scopes) <= known
        assert {scope.split(":")[0] for scope in group.scopes} <= set(on)
        assert not group.is_read_only or catalogue.readable(group.scopes) == set(group.scopes)


@often
@given(
    query=some.dictionaries(
        some.sampled_from(["q", "sort", "page", "module", "is_read_only", "used", "selected", "format"]),
        ODD,
        max_size=4,
    )
)
def test_no_question_to_the_list_is_too_odd(acme, used_group, as_person, query):
    ana = as_person(acme.ana)
    assert ana.get(at(acme), cleaned(query)).status_code == 200
    assert ana.get(at(acme, "delete/"), cleaned(query)).status_code in (200, 302, 404)


@often
@given(
    sent=some.fixed_dictionaries({}, optional={"modules": some.lists(ODD, max_size=4), "seen": ODD, "reviewed": ODD})
)
def test_no_choice_of_modules_is_too_odd(acme, as_person, sent):
    before = modules_of(acme)
    assert as_person(acme.ana).post(f"{acme.path}/settings/modules/", cleaned(sent)).status_code in (200, 302, 422)
    assert set(modules_of(acme)) <= catalogue.slugs()
    assert set(before) & {"consumers", "authorizations", "permission_groups"} <= set(modules_of(acme))
