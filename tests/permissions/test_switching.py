"""Settings → Modules: what a company has, and what switching it off takes from whom."""

import re

import pytest

from permissions import catalogue, switching
from tenants.context import tenant_scope
from tests.cast import make_group, make_machine
from tests.permissions.pages import MODULES, fresh, hidden, lines_of, modules_of, text_of

OWN = {"consumers", "authorizations", "permission_groups"}


def at(company):
    return f"{company.path}{MODULES}"


def chosen(company, *more, without=()):
    """What the page sends: disabled ticks (our own modules) are not sent."""
    had = modules_of(company)
    return {"seen": " ".join(had), "modules": sorted({*had, *more} - OWN - set(without))}


@pytest.mark.parametrize("name", ["dora", "ben"])
def test_members_and_developers_see_nothing_of_it(acme, as_person, name):
    browser = as_person(acme.people[name])
    assert browser.get(at(acme)).status_code == browser.post(at(acme), chosen(acme)).status_code == 403


def test_another_companys_people_find_no_page(acme, beta, as_person):
    eve = as_person(beta.eve)
    assert eve.get(at(acme)).status_code == eve.post(at(acme), chosen(acme)).status_code == 404


def test_an_auditor_reads_and_changes_nothing(acme, as_person):
    otto = as_person(acme.otto)
    page = otto.get(at(acme))
    body = page.content.decode().split("<main", 1)[1]
    assert page.status_code == 200
    assert body.count('type="checkbox"') == body.count(" disabled>") == len(catalogue.slugs())
    assert ">Save<" not in body
    assert otto.post(at(acme), chosen(acme, without=["assets"])).status_code == 403
    assert "assets" in modules_of(acme)


def test_the_page_shows_the_catalogue_and_what_is_used(acme, as_person):
    make_group(acme.tenant, "assets:view", "assets:edit")
    make_group(acme.tenant, "assets:view", "work_orders:view")
    text = text_of(as_person(acme.ana).get(at(acme)))
    assert "Assets See, add, edit and delete assets; generate reports on assets. 2 groups" in text
    assert "Work orders See, add, edit and delete work orders; generate reports on work orders. 1 group" in text
    assert "OAuth consumers See, add, edit and delete OAuth consumers. Always on" in text


def test_switching_on_is_saved_at_once(acme, as_person):
    answer = as_person(acme.ana).post(at(acme), chosen(acme, "third_parties", "locations"), follow=True)
    assert answer.redirect_chain == [(at(acme), 302)]
    assert "The modules were saved." in text_of(answer)
    assert modules_of(acme) == [
        *("assets", "locations", "work_orders", "work_requests", "inventory", "third_parties"),
        *("consumers", "authorizations", "permission_groups"),
    ]
    (line,) = lines_of(acme)
    assert (line.verb, line.actor_id, line.before, line.after) == (
        "modules.switched",
        acme.ana.pk,
        {"modules": []},
        {"modules": ["locations", "third_parties"]},
    )


def test_switching_off_says_who_loses_what_and_acts_when_confirmed(acme, as_person):
    editors = make_group(acme.tenant, "inventory:view", "inventory:edit", "assets:view", name="Editors")
    readers = make_group(acme.tenant, "inventory:view", name="Readers")
    make_machine(acme.tenant, groups=[editors, readers], name="Ledger sync")
    ana, without = as_person(acme.ana), chosen(acme, without=["inventory"])

    question = ana.post(at(acme), without)
    assert question.status_code == 200
    text = text_of(question)
    assert "Switch off 1 module? Inventory" in text
    assert "Permission group Editors no longer allows: see and edit inventory items." in text
    assert "Permission group Readers no longer allows: see inventory items." in text
    assert "Ledger sync can no longer see and edit inventory items." in text
    assert "inventory" in modules_of(acme)

    done = ana.post(at(acme), {**without, "reviewed": hidden(question, "reviewed")})
    assert done.status_code == 302
    assert "inventory" not in modules_of(acme)
    assert fresh(acme, editors).scopes == editors.scopes
    (line,) = lines_of(acme, "modules.switched")
    assert (line.before, line.after) == ({"modules": ["inventory"]}, {"modules": []})


def test_what_the_question_holds_is_what_gets_saved(acme, as_person):
    ana = as_person(acme.ana)
    question = ana.post(at(acme), chosen(acme, "reports", without=["inventory"]))
    held = re.findall(r'<input type="hidden" name="modules" value="([^"]+)"', question.content.decode())
    sent = {"seen": hidden(question, "seen"), "reviewed": hidden(question, "reviewed"), "modules": held}
    assert "No permission group allows anything in it" in text_of(question)
    assert ana.post(at(acme), sent).status_code == 302
    assert set(modules_of(acme)) == {"assets", "work_orders", "work_requests", "reports"} | OWN


def test_a_part_goes_off_with_its_module(acme, as_person):
    ana = as_person(acme.ana)
    ana.post(at(acme), chosen(acme, "locations", "equipment"))
    question = ana.post(at(acme), chosen(acme, without=["assets"]))
    assert "Switch off 3 modules? Assets Locations Equipment" in text_of(question)


@pytest.mark.parametrize(
    ("more", "says"),
    [("warehouses", ""), ("meters", "“Meters” is part of “Monitoring”"), ("nothing", "There is no module “nothing”.")],
)
def test_an_impossible_choice_is_refused_in_a_sentence(acme, as_person, more, says):
    answer = as_person(acme.ana).post(at(acme), chosen(acme, more))
    assert answer.status_code == (422 if says else 302)
    assert says in text_of(answer)
    assert (more in modules_of(acme)) is not bool(says)


def test_our_own_modules_stay_on(acme, as_person):
    ana = as_person(acme.ana)
    question = ana.post(at(acme), {"seen": " ".join(modules_of(acme)), "modules": []})
    ana.post(at(acme), {"seen": hidden(question, "seen"), "reviewed": hidden(question, "reviewed"), "modules": []})
    assert set(modules_of(acme)) == OWN


def test_the_second_of_two_editors_is_told_and_keeps_what_was_chosen(acme, as_person):
    ana = as_person(acme.ana)
    mine = chosen(acme, "reports")
    ana.post(at(acme), chosen(acme, "third_parties"))
    told = ana.post(at(acme), mine)
    assert told.status_code == 422
    assert "Somebody else switched modules in the meantime." in text_of(told)
    assert re.search(r'<input type="checkbox" name="modules" value="reports" [^>]*checked>', told.content.decode())
    assert "third_parties" in modules_of(acme)
    assert "reports" not in modules_of(acme)

    question = ana.post(at(acme), {**mine, "seen": hidden(told, "seen")})
    assert "Switch off 1 module? Third parties" in text_of(question)


def test_what_is_off_can_not_be_granted(acme, as_person):
    from permissions import groups

    with tenant_scope(acme.tenant):
        switching.switch_modules(acme.tenant, on=["work_orders"])
        with pytest.raises(groups.ScopesRefused, match="its module is off"):
            groups.create_group(name="Readers", scopes=["assets:view"])


def test_saving_the_same_changes_nothing(acme, as_person):
    assert as_person(acme.ana).post(at(acme), chosen(acme)).status_code == 302
    assert lines_of(acme) == []


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"modules": ["\x00", "assets"]},
        {"modules": ["<b>"]},
        {"modules": ["x" * 5000]},
        {"seen": "\x00", "modules": ["assets"]},
        {"reviewed": "\x00"},
    ],
)
def test_nonsense_changes_nothing(acme, as_person, sent):
    before = modules_of(acme)
    assert as_person(acme.ana).post(at(acme), sent).status_code in (200, 422)
    assert modules_of(acme) == before
