"""The catalogue: what a new installation has, how it reads, and what happens when the operator changes it."""

import io
import json

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, transaction

from permissions import catalogue
from permissions.models import Action, Module
from permissions.wording import summary
from tests.cast import make_group
from tests.permissions.owner import TEXTS, as_owner, module
from tests.permissions.pages import fresh, lines_of, modules_of

LANGUAGES = [code for code, _ in settings.LANGUAGES]
OWN = {
    "consumers": ["view", "add", "edit", "delete"],
    "authorizations": ["view", "delete"],
    "permission_groups": ["view", "add", "edit", "delete"],
    "members": ["view"],
    "transactions_log": ["view", "report"],
}


def run(*arguments):
    out = io.StringIO()
    with as_owner():
        call_command("catalogue", *arguments, stdout=out)
    return out.getvalue()


def test_a_new_installation_has_the_product_and_itself():
    found = [entry.slug for entry in catalogue.modules("en") if not entry.slug.startswith("drones")]
    assert found == [
        *("assets", "locations", "equipment", "work_orders", "maintenance_plans", "work_requests", "inventory"),
        *("warehouses", "third_parties", "monitoring", "meters", "reports"),
        *OWN,
    ]
    assert {entry.slug: list(entry.actions) for entry in catalogue.modules("en") if entry.is_own} == OWN


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_has_words_in_every_language(language):
    for row in Module.objects.all():
        texts = [row.names, row.nouns, *row.sentences.values()]
        assert all(text.get(language, "").strip() for text in texts), row.slug
        assert sorted(row.sentences) == sorted(row.actions)


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != "en"])
def test_no_language_is_left_in_english(language):
    for entry in catalogue.modules(language):
        english = catalogue.sentences(entry.scopes, "en")
        assert all(text != english[scope] for scope, text in catalogue.sentences(entry.scopes, language).items())


def test_the_catalogue_is_well_formed():
    entries = {entry.slug: entry for entry in catalogue.modules("en")}
    for entry in entries.values():
        assert catalogue.SLUG.match(entry.slug)
        assert entry.actions
        assert set(entry.actions) <= set(Action.values)
        assert entry.parent is None or entries[entry.parent].parent is None
        assert all(len(scope) <= 60 for scope in entry.scopes)
    assert catalogue.all_scopes() == {scope for entry in entries.values() for scope in entry.scopes}
    assert catalogue.slugs() == set(entries)


def test_what_an_app_may_know_of_a_person_is_said_first():
    found = catalogue.sentences(["work_orders:view", "email", "openid", "unheard:of"], "en")
    assert list(found.items()) == [
        ("openid", "See who you are"),
        ("email", "See your e-mail address"),
        ("work_orders:view", "See work orders"),
    ]


@pytest.mark.parametrize(
    ("language", "scope", "text"),
    [
        ("en", "work_orders:view", "See work orders"),
        ("es", "work_orders:add", "Agregar órdenes de trabajo"),
        ("pt-br", "work_orders:report", "Gerar relatórios sobre ordens de serviço"),
        ("fr", "work_orders:add", "Ajouter des ordres de travail"),
        ("fr", "work_orders:edit", "Modifier les ordres de travail"),
        ("fr", "authorizations:delete", "Révoquer les autorisations d'applications"),
        ("en", "nothing:view", "nothing:view"),
    ],
)
def test_a_scope_reads_as_a_sentence(language, scope, text):
    assert catalogue.sentence(scope, language) == text


def test_a_language_without_words_falls_back():
    with module(names={"en": "Drones", "es": "Drones aéreos"}) as slug:
        assert catalogue.sentence(f"{slug}:view", "es") == "See drones aéreos"
        assert catalogue.sentence(f"{slug}:view", "xx") == "See drones"
        assert catalogue.in_language({"pt": "Ver", "en": "See"}, "pt-br") == "Ver"
        assert catalogue.in_language({}, "fr") == ""


def test_what_scopes_allow_is_one_sentence():
    entries = catalogue.modules("en")
    assert summary([], entries) == "Nothing yet."
    assert summary(["nothing:view"], entries) == "Nothing yet."
    assert summary(catalogue.all_scopes(), entries) == "Everything in all modules."
    some = ["assets:view", "inventory:view", "work_orders:view", "work_orders:add", "work_orders:report"]
    assert summary(some, entries) == (
        "See assets and inventory items; see and add work orders; generate reports on work orders."
    )
    views = [f"{entry.slug}:view" for entry in entries][:6]
    assert summary(views, entries, most=2) == "See assets, locations and 4 more."
    assert summary(views[:3], entries, most=2) == "See assets, locations and equipment."


def test_the_application_can_not_change_the_catalogue():
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        Module.objects.filter(slug="assets").update(position=1)


def test_retiring_takes_a_module_and_its_parts_from_every_company(acme, beta):
    with module() as slug, module(parent=slug, actions=["view"]) as part, as_owner():
        for company in (acme, beta):
            company.tenant.modules = ["assets", slug, part]
            company.tenant.save()
        group = make_group(acme.tenant, "assets:view", f"{slug}:add", f"{part}:view", name="Pilots")
        untouched = make_group(acme.tenant, "assets:view")
        before = untouched.updated_at

        assert catalogue.retire_module(slug) == [part, slug]

        assert not catalogue.slugs() & {slug, part}
        assert fresh(acme, group).scopes == ["assets:view"]
        assert fresh(acme, group).updated_at > group.updated_at
        assert fresh(acme, untouched).updated_at == before
        assert modules_of(acme) == modules_of(beta) == ["assets"]
    (line,) = lines_of(acme, "module.retired")
    assert line.before == {
        "modules": sorted([slug, part]),
        "permission_groups": {"Pilots": sorted([f"{slug}:add", f"{part}:view"])},
    }
    assert line.object_name == "Acme"
    (line,) = lines_of(beta, "module.retired")
    assert line.before == {"modules": sorted([slug, part]), "permission_groups": {}}


def test_an_action_that_goes_leaves_every_group(acme):
    with module() as slug:
        with as_owner():
            group = make_group(acme.tenant, f"{slug}:view", f"{slug}:add", name="Pilots")
            catalogue.set_module(slug, names=TEXTS, actions=["view", "edit"])
        assert fresh(acme, group).scopes == [f"{slug}:view"]
        (line,) = lines_of(acme, "module.narrowed")
        assert line.before == {"modules": [], "permission_groups": {"Pilots": [f"{slug}:add"]}}


def test_a_company_that_has_nothing_of_it_gets_no_line(acme):
    with module() as slug, as_owner():
        catalogue.retire_module(slug)
    assert lines_of(acme, "module.retired") == []


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"slug": "Drones"}, "small letters"),
        ({"slug": "x" * 41}, "small letters"),
        ({"slug": "a:b"}, "small letters"),
        ({"actions": []}, "Actions are some of"),
        ({"actions": ["fly"]}, "not fly"),
        ({"names": {"es": "Drones"}}, "English"),
        ({"names": {"en": "Drones", "xx": "Drones"}}, "no language xx"),
        ({"names": {"en": " "}}, "printable"),
        ({"names": {"en": "a\u202eb"}}, "printable"),
        ({"sentences": {"delete": TEXTS}}, "does not know"),
        ({"parent": "nothing"}, "no module nothing"),
        ({"parent": "locations"}, "no third level"),
        ({"position": -1}, "whole number"),
        ({"slug": "assets", "parent": "inventory"}, "no third level"),
        ({"slug": "consumers", "actions": ["view"]}, "its actions can't"),
    ],
)
def test_a_change_that_makes_no_sense_is_refused(fields, says):
    asked = {"slug": "drones_wrong", "names": TEXTS, "actions": ["view"], **fields}
    with as_owner(), pytest.raises(catalogue.CatalogueError, match=says):
        catalogue.set_module(**asked)
    assert "drones_wrong" not in catalogue.slugs()


@pytest.mark.parametrize(("slug", "says"), [("nothing", "no module nothing"), ("consumers", "can't be retired")])
def test_what_can_not_be_retired_stays(slug, says):
    with as_owner(), pytest.raises(catalogue.CatalogueError, match=says):
        catalogue.retire_module(slug)


def test_the_command_lists_the_catalogue():
    listed = run("list")
    assert "assets                   Assets                   view add edit delete report\n" in listed
    assert "  locations              Locations                view add edit delete\n" in listed
    assert "members                  Members                  view (own)\n" in listed


def test_the_command_sets_and_retires():
    with module() as slug:
        said = run(
            *("set", slug, "--name", "en=Robots", "--name", "fr=Robots", "--noun", "en=robots", "--action", "view"),
            *("--sentence", "view.en=Watch robots", "--parent", "assets", "--position", "7"),
        )
        assert said == f"{slug} is set.\n"
        row = Module.objects.get(slug=slug)
        assert (row.names, row.nouns) == ({"en": "Robots", "fr": "Robots"}, {"en": "robots"})
        assert (row.sentences, row.actions, row.parent_id, row.position) == (
            {"view": {"en": "Watch robots"}},
            ["view"],
            "assets",
            7,
        )
        assert run("retire", slug) == f"Retired: {slug}.\n"
        assert slug not in catalogue.slugs()


def test_what_is_exported_can_be_imported(tmp_path):
    with module(parent="assets", nouns=TEXTS, sentences={"view": TEXTS}) as slug:
        file = tmp_path / "catalogue.json"
        file.write_text(run("export"), encoding="utf-8")
        before = catalogue.exported()
        run("retire", slug)
        assert run("import", str(file)) == f"{len(before)} modules set.\n"
        assert catalogue.exported() == before


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "can't be read"),
        ("{}", "list of modules"),
        ("[1]", "list of modules"),
        ('[{"slug": "drones_wrong"}]', "drones_wrong"),
        ('[{"slug": 1, "names": {"en": "x"}, "actions": ["view"]}]', "1"),
        ('[{"slug": "drones_wrong", "names": ["x"], "actions": ["view"]}]', "no language x"),
        ('[{"slug": "drones_wrong", "names": {"en": 1}, "actions": ["view"]}]', "drones_wrong"),
        ('[{"slug": "drones_wrong", "names": {"en": "x"}, "actions": ["view"], "is_own": true}]', "is_own"),
        ('[{"slug": "drones_wrong", "names": {"en": "x"}, "actions": ["view"], "position": "x"}]', "whole number"),
    ],
)
def test_a_file_that_makes_no_sense_changes_nothing(tmp_path, content, says):
    file = tmp_path / "catalogue.json"
    file.write_text(content)
    before = catalogue.exported()
    with pytest.raises(CommandError, match=says):
        run("import", str(file))
    assert catalogue.exported() == before


def test_a_missing_file_and_a_missing_equals_sign_are_said():
    with pytest.raises(CommandError, match="can't be read"):
        run("import", "no-such-file.json")
    with pytest.raises(CommandError, match="language=text"):
        run("set", "drones_wrong", "--name", "Drones", "--action", "view")


def test_an_import_is_all_or_nothing(tmp_path):
    good = {"slug": "drones_wrong", "names": TEXTS, "actions": ["view"]}
    file = tmp_path / "catalogue.json"
    file.write_text(json.dumps([good, {**good, "slug": "NOT"}]))
    with pytest.raises(CommandError, match="small letters"):
        run("import", str(file))
    assert "drones_wrong" not in catalogue.slugs()
