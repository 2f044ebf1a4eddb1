import pytest

from permissions.models import PermissionGroup
from tenants.context import tenant_scope
from tests.api.caller import manager_of
from tests.cast import make_group, make_machine


def stored(company, pk):
    with tenant_scope(company.tenant):
        return PermissionGroup.objects.get(pk=pk)


def test_a_group_is_made_read_changed_and_deleted(acme, api):
    made = api.post("permission-groups", {"name": "Readers", "scopes": ["assets:view"], "is_read_only": True})
    path = f"permission-groups/{made.json()['id']}"

    read, changed = api.get(path), api.patch(path, {"description": "See everything"})

    assert made.status_code == 201
    assert made["Location"] == f"{acme.path}/api/v1/{path}"
    assert read.json() == made.json()
    assert changed.json() == {
        **made.json(),
        "description": "See everything",
        "updated_at": changed.json()["updated_at"],
    }
    assert stored(acme, made.json()["id"]).description == "See everything"
    assert api.delete(path).status_code == 204
    assert api.get(path).status_code == 404


@pytest.mark.parametrize(
    ("change", "field", "sentence"),
    [
        ({"name": ""}, "name", "This field may not be blank."),
        ({"name": "Taken"}, "name", "Another permission group of this company has this name."),
        ({"scopes": "assets:view"}, "scopes", 'Expected a list of items but got type "str".'),
        ({"scopes": [{}]}, "scopes", "Not a valid string."),
        ({"is_read_only": True, "scopes": ["work_orders:edit"]}, "scopes", "A read-only group may only view"),
        ({"is_read_only": "perhaps"}, "is_read_only", "Must be a valid boolean."),
        ({"tenant_id": 1}, "tenant_id", "There is no such field."),
    ],
)
def test_a_wrong_field_is_named(acme, api, change, field, sentence):
    make_group(acme.tenant, name="Taken")

    answer = api.post("permission-groups", {"name": "Readers", "scopes": ["assets:view"], **change})

    body = answer.json()
    assert answer.status_code == 400
    assert list(body["fields"]) == [field]
    assert body["fields"][field][0].startswith(sentence)


def test_scopes_that_do_not_exist_can_not_be_had_nor_given(api):
    answer = api.post("permission-groups", {"name": "Readers", "scopes": ["rockets:launch"]})

    assert answer.status_code == 403
    assert answer.json()["error"] == "beyond_own_permissions"


def test_nobody_widens_a_group_beyond_what_they_have(acme):
    modest = manager_of(acme, "permission_groups:add", "permission_groups:edit", "assets:view")
    with tenant_scope(acme.tenant):
        own = modest.machine.consumer.groups.get()
    other = make_group(acme.tenant, "work_orders:view", "assets:view")

    made = modest.post("permission-groups", {"name": "Mine", "scopes": ["work_orders:edit"]})
    own_wider = modest.patch(f"permission-groups/{own.pk}", {"scopes": [*own.scopes, "work_orders:edit"]})
    other_wider = modest.patch(f"permission-groups/{other.pk}", {"scopes": [*other.scopes, "work_orders:edit"]})
    other_narrower = modest.patch(f"permission-groups/{other.pk}", {"scopes": ["work_orders:view"]})

    assert [made.status_code, own_wider.status_code, other_wider.status_code] == [403, 403, 403]
    assert other_narrower.status_code == 200
    assert stored(acme, own.pk).scopes == own.scopes
    assert stored(acme, other.pk).scopes == ["work_orders:view"]


def test_the_list_is_searched_and_ordered(acme, api):
    for name in ("Bravo", "Alpha"):
        make_group(acme.tenant, name=name)

    names = [row["name"] for row in api.get("permission-groups?ordering=-name").json()["results"]]

    assert names.index("Bravo") < names.index("Alpha")
    assert [row["name"] for row in api.get("permission-groups?q=brav").json()["results"]] == ["Bravo"]


@pytest.mark.rfc("Gatehouse", "Multi-tenant", "TN-04")
def test_unknown_and_foreign_ids_look_the_same(beta, api):
    theirs = make_group(beta.tenant)

    for pk in (theirs.pk, 999999999):
        for method, body in (("GET", None), ("PATCH", {"name": "x"}), ("DELETE", None)):
            answer = api(method, f"permission-groups/{pk}", body)
            assert (answer.status_code, answer.json()["error"]) == (404, "not_found")
    assert stored(beta, theirs.pk).name == theirs.name


def test_the_list_holds_only_the_own_companys(acme, beta, api):
    make_group(beta.tenant, name="Theirs")
    make_machine(acme.tenant)

    assert "Theirs" not in api.get("permission-groups").content.decode()


def test_of_two_who_delete_at_the_same_moment_one_finds_nothing(acme, api, monkeypatch):
    group = make_group(acme.tenant)
    found = PermissionGroup.objects.all

    def another_was_faster(self, pk):
        row = found().get(pk=pk)
        found().filter(pk=pk).delete()
        return row

    monkeypatch.setattr("permissions.group_rest.GroupResource.found", another_was_faster)

    answer = api.delete(f"permission-groups/{group.pk}")

    assert (answer.status_code, answer.json()["error"]) == (404, "not_found")
