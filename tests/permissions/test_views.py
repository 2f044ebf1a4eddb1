"""Settings → User accounts → Permissions: the list, the matrix of one group, the preview, deleting."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from authorizations.models import Authorization
from permissions.models import MemberGroup, PermissionGroup
from tenants.context import tenant_scope
from tenants.models import Membership
from tests.cast import make_app, make_group, make_machine, make_yes
from tests.permissions.pages import at, filled, fresh, groups_of, hidden, lines_of, modules_of, text_of, ticks

NOT_FOR = ["dora", "ben"]


def rows_of(answer):
    """The first link of each row of the list."""
    return re.findall(r'<a href="[^"]*/permissions/\d+/" data-drawer><bdi>([^<]+)</bdi></a>', answer.content.decode())


# ---- Who may


@pytest.mark.parametrize("path", ["", "new/", "{group}/", "delete/?selected={group}", "?format=csv"])
@pytest.mark.parametrize("name", NOT_FOR)
def test_members_and_developers_see_nothing_of_it(acme, as_person, name, path):
    group = make_group(acme.tenant)
    answer = as_person(acme.people[name]).get(at(acme, path.format(group=group.pk)))
    assert answer.status_code == 403


@pytest.mark.parametrize("name", [*NOT_FOR, "otto"])
def test_only_super_administrators_change_anything(acme, as_person, name):
    group = make_group(acme.tenant, "assets:view")
    browser = as_person(acme.people[name])
    for path in ("new/", "new/preview/", f"{group.pk}/", f"{group.pk}/preview/", f"delete/?selected={group.pk}"):
        assert browser.post(at(acme, path), filled(group)).status_code == 403, path
    assert fresh(acme, group).scopes == ["assets:view"]
    assert lines_of(acme) == []


def test_strangers_are_asked_to_sign_in(acme, client):
    answer = client.get(at(acme))
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/?next=")


@pytest.mark.parametrize("path", ["", "new/", "{group}/", "{group}/preview/", "delete/?selected={group}"])
def test_another_companys_people_find_no_page(acme, beta, as_person, path):
    group = make_group(acme.tenant)
    browser = as_person(beta.eve)
    answer = (
        browser.post(at(acme, path.format(group=group.pk)))
        if "preview" in path
        else browser.get(at(acme, path.format(group=group.pk)))
    )
    assert answer.status_code == 404


def test_another_companys_group_does_not_exist(acme, beta, as_person):
    theirs = make_group(beta.tenant, "assets:view")
    ours = make_group(acme.tenant)
    ana = as_person(acme.ana)
    assert ana.get(at(acme, of=theirs)).status_code == 404
    assert ana.post(at(acme, of=theirs), filled(theirs)).status_code == 404
    assert ana.post(at(acme, "preview/", of=theirs), filled(theirs)).status_code == 404
    assert ana.get(at(acme, f"delete/?selected={theirs.pk}")).status_code == 404
    assert ana.post(at(acme, f"delete/?selected={ours.pk}&selected={theirs.pk}")).status_code == 404
    assert fresh(beta, theirs).scopes == ["assets:view"]
    assert fresh(acme, ours)


@pytest.mark.parametrize("pk", ["0", "9" * 30])
def test_an_id_nobody_has_does_not_exist(acme, as_person, pk):
    ana = as_person(acme.ana)
    assert ana.get(at(acme, f"{pk}/")).status_code == 404
    assert ana.get(at(acme, f"delete/?selected={pk}")).status_code == 404


@pytest.mark.parametrize("selected", ["x", "-1", "1 OR 1=1", "%00", "١"])
def test_a_row_that_is_no_number_does_not_exist(acme, as_person, selected):
    assert as_person(acme.ana).get(at(acme, f"delete/?selected={selected}")).status_code == 404


def test_an_auditor_reads_everything_and_is_offered_no_change(acme, as_person):
    group = make_group(acme.tenant, "assets:view", name="Readers")
    otto = as_person(acme.otto)
    listed, shown = otto.get(at(acme)), otto.get(at(acme, of=group))
    assert rows_of(listed) == ["Readers"]
    for answer in (listed, shown):
        assert answer.status_code == 200
        main = answer.content.decode().split("<main", 1)[1]
        assert not re.search(r"fab|class=\"pick|Save|Delete this|method=\"post\"", main)
    assert ticks(shown)["assets:view"] == (True, False)
    assert not any(changeable for _, changeable in ticks(shown).values())


# ---- The list


def test_the_list_says_what_each_group_allows_and_who_has_it(acme, as_person):
    readers = make_group(acme.tenant, "assets:view", "third_parties:view", name="Readers")
    make_group(acme.tenant, "assets:view", "assets:edit", name="Editors")
    for name in ("Ledger sync", "Scanner", "Archive"):
        make_machine(acme.tenant, groups=[readers], name=name)
    answer = as_person(acme.ana).get(at(acme))
    assert rows_of(answer) == ["Editors", "Readers"]
    text = text_of(answer)
    assert "See and edit assets." in text
    assert "Readers See assets. Archive, Ledger sync +1 0 just now" in text
    assert "Showing 2 of 2" in text


def test_a_company_without_groups_is_told_what_to_do_next(acme, as_person):
    assert "No permission group yet" in text_of(as_person(acme.ana).get(at(acme)))
    assert "New permission group" in text_of(as_person(acme.ana).get(at(acme)))
    assert "New permission group" not in text_of(as_person(acme.otto).get(at(acme)))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=READ", ["Readers"]),
        ("q=phone", ["Editors"]),
        ("q=nobody", []),
        ("module=assets", ["Editors", "Readers"]),
        ("module=work_orders", ["Planners"]),
        ("module=reports", []),
        ("is_read_only=True", ["Readers"]),
        ("is_read_only=False", ["Editors", "Planners"]),
        ("used=yes", ["Planners"]),
        ("used=no", ["Editors", "Readers"]),
        ("used=no&q=read", ["Readers"]),
        ("sort=-name", ["Readers", "Planners", "Editors"]),
        ("sort=-consumers", ["Planners", "Editors", "Readers"]),
        ("sort=updated_at", ["Readers", "Editors", "Planners"]),
        ("sort=nothing&page=99", ["Editors", "Planners", "Readers"]),
        ("module=nothing&used=perhaps&is_read_only=2", ["Editors", "Planners", "Readers"]),
        ("q=%00", ["Editors", "Planners", "Readers"]),
        ("sort=allows&q=%F0%9F%92%A9", []),
    ],
)
def test_the_list_is_searched_filtered_and_sorted(acme, as_person, query, found):
    with tenant_scope(acme.tenant):
        for name, fields in {
            "Readers": {"scopes": ["assets:view"], "is_read_only": True},
            "Editors": {"scopes": ["assets:edit"], "description": "Telephones"},
            "Planners": {"scopes": ["work_orders:add"]},
        }.items():
            group = PermissionGroup.objects.create(name=name, **fields)
    make_machine(acme.tenant, groups=[group])
    answer = as_person(acme.ana).get(at(acme, f"?{query}"))
    assert answer.status_code == 200
    assert rows_of(answer) == found
    if not found:
        assert "Nothing matches" in text_of(answer)


def test_the_list_as_a_file_holds_all_rows_and_no_formula(acme, as_person):
    group = make_group(acme.tenant, "assets:view", name="=1+1")
    make_machine(acme.tenant, groups=[group], name="Ledger sync")
    answer = as_person(acme.ana).get(at(acme, "?format=csv"))
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    header, row = answer.content.decode("utf-8-sig").splitlines()
    assert header == "Name,Description,Read-only,Allows,OAuth consumers,Members,Changed"
    assert row.startswith("'=1+1,,,See assets.,Ledger sync,0,20")


@pytest.mark.parametrize("path", ["", "?format=csv", "?q=a&module=assets&used=yes&sort=-consumers"])
def test_a_thousand_groups_take_no_more_statements_than_one(acme, as_person, path):
    with tenant_scope(acme.tenant):
        PermissionGroup.objects.bulk_create(
            PermissionGroup(tenant=acme.tenant, name=f"Group {number}", scopes=["assets:view"])
            for number in range(1000)
        )
        some = list(PermissionGroup.objects.all()[:40])
    make_machine(acme.tenant, groups=some)
    ana = as_person(acme.ana)
    ana.get(at(acme))
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert ana.get(at(acme, path)).status_code == 200
    assert len(queries) <= 12, [query["sql"][:150] for query in queries]


# ---- Making a group


def test_the_matrix_offers_what_the_company_has(acme, as_person):
    answer = as_person(acme.ana).get(at(acme, "new/"))
    offered = ticks(answer)
    assert {scope.split(":")[0] for scope in offered} == set(acme.tenant.modules)
    assert all(state == (False, True) for state in offered.values())
    assert "authorizations:delete" in offered
    assert "authorizations:add" not in offered
    assert "10 modules are off in this company and can't be granted." in text_of(answer)


def test_a_group_is_made(acme, as_person):
    answer = as_person(acme.ana).post(at(acme, "new/"), filled(description="Phones", is_read_only=None), follow=True)
    assert answer.redirect_chain == [(at(acme), 302)]
    assert "“Field crew” was added." in text_of(answer)
    (group,) = groups_of(acme)
    assert (group.name, group.description, group.is_read_only, group.scopes) == (
        "Field crew",
        "Phones",
        False,
        ["work_orders:edit", "work_orders:view"],
    )
    (line,) = lines_of(acme)
    assert (line.verb, line.actor_id, line.address) == ("permission_group.created", acme.ana.pk, "127.0.0.1")


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"name": ""}, "Name can't be blank"),
        ({"name": "   "}, "Name can't be blank"),
        ({"name": "x" * 81}, "at most 80 characters"),
        ({"name": "Tak\u202een"}, "Use visible characters only."),
        ({"name": "Taken"}, "There is a permission group of this name already."),
        ({"description": "x" * 241}, "at most 240 characters"),
        ({"description": "a\nb"}, "Use visible characters only."),
        ({"scopes": []}, "No permission selected"),
        ({"scopes": ["nothing:view"]}, "There is no permission “nothing:view”."),
        ({"scopes": ["assets:fly"]}, "There is no permission “assets:fly”."),
        ({"scopes": ["members:add"]}, "There is no permission “members:add”."),
        ({"scopes": ["<script>"]}, "There is no permission “<script>”."),
        ({"scopes": ["third_parties:view"]}, "“third_parties:view” can't be granted: its module is off"),
        ({"scopes": ["assets:view", "assets:add"], "is_read_only": "on"}, "A read-only group may only view"),
    ],
)
def test_what_can_not_be_is_said_at_its_field_and_what_was_typed_is_kept(acme, as_person, fields, says):
    make_group(acme.tenant, "assets:view", name="Taken")
    answer = as_person(acme.ana).post(at(acme, "new/"), filled(**{"description": "Kept as typed", **fields}))
    assert answer.status_code == 422
    assert says in text_of(answer)
    body = answer.content.decode()
    if "description" not in fields:
        assert 'value="Kept as typed"' in body
    chosen = fields.get("scopes", ["work_orders:view", "work_orders:edit"])
    assert {scope for scope, (ticked, _) in ticks(answer).items() if ticked} == set(chosen) & set(ticks(answer)) - {
        "<script>"
    }
    assert "<script>”" not in body
    assert [group.name for group in groups_of(acme)] == ["Taken"]


# ---- Changing a group


def test_what_nobody_loses_is_saved_at_once(acme, as_person):
    group = make_group(acme.tenant, "assets:view", name="Readers")
    make_machine(acme.tenant, groups=[group])
    answer = as_person(acme.ana).post(
        at(acme, of=group), filled(group, name="Lookers", scopes=["assets:view", "assets:report"]), follow=True
    )
    assert answer.redirect_chain == [(at(acme), 302)]
    assert "“Lookers” was saved." in text_of(answer)
    assert (fresh(acme, group).name, fresh(acme, group).scopes) == ("Lookers", ["assets:report", "assets:view"])


def test_what_a_change_takes_away_is_shown_before_it_is_saved(acme, as_person):
    group = make_group(acme.tenant, "assets:view", "assets:edit", name="Editors")
    make_machine(acme.tenant, groups=[group], name="Ledger sync")
    ana, less = as_person(acme.ana), filled(group, scopes=["assets:view", "work_orders:view"])

    review = ana.post(at(acme, of=group), less)
    assert review.status_code == 200
    text = text_of(review)
    assert "This takes permissions away Ledger sync can no longer edit assets." in text
    assert "This gives more Ledger sync can then also see work orders." in text
    assert "Save and take away" in text
    assert ticks(review)["assets:edit"] == (False, True)
    assert fresh(acme, group).scopes == group.scopes

    agreed = ana.post(at(acme, of=group), {**less, "reviewed": hidden(review, "reviewed")})
    assert agreed.status_code == 302
    assert fresh(acme, group).scopes == ["assets:view", "work_orders:view"]


def test_agreeing_to_one_loss_is_not_agreeing_to_another(acme, as_person):
    group = make_group(acme.tenant, "assets:view", "assets:edit")
    make_machine(acme.tenant, groups=[group], name="Ledger sync")
    ana, less = as_person(acme.ana), filled(group, scopes=["assets:view"])
    reviewed = hidden(ana.post(at(acme, of=group), less), "reviewed")
    make_machine(acme.tenant, groups=[group], name="Just connected")
    again = ana.post(at(acme, of=group), {**less, "reviewed": reviewed})
    assert again.status_code == 200
    assert "Just connected can no longer edit assets." in text_of(again)
    assert fresh(acme, group).scopes == group.scopes


def test_tokens_in_use_are_counted(acme, as_person):
    group = make_group(acme.tenant, "assets:view", "assets:edit")
    machine = make_machine(acme.tenant, groups=[group])
    with tenant_scope(acme.tenant):
        authorization = Authorization.objects.get(consumer=machine.consumer)
        for scope, minutes in [
            ("assets:view assets:edit", 5),
            ("assets:edit", 5),
            ("assets:view", 5),
            ("assets:edit", -5),
        ]:
            token(acme, machine, authorization, scope, minutes)
    review = as_person(acme.ana).post(at(acme, of=group), filled(group, scopes=["assets:view"]))
    assert "2 access tokens in use lose it at once." in text_of(review)
    assert "Signed tokens" not in text_of(review)


def token(acme, machine, authorization, scope, minutes):
    import secrets
    from datetime import timedelta

    from django.utils import timezone

    from authorizations.models import AccessToken

    AccessToken.objects.create(
        token_checksum=secrets.token_bytes(32),
        application=machine.consumer,
        authorization=authorization,
        scope=scope,
        expires=timezone.now() + timedelta(minutes=minutes),
        created=timezone.now(),
    )


def test_signed_tokens_are_spoken_of_where_there_are_some(acme, as_person):
    group = make_group(acme.tenant, "assets:view", "assets:edit")
    make_machine(acme.tenant, groups=[group], token_format="jwt")
    review = as_person(acme.ana).post(at(acme, of=group), filled(group, scopes=["assets:view"]))
    assert "Signed tokens (JWT) lose it where they are introspected" in text_of(review)


def test_what_is_off_is_shown_with_its_reason_and_kept(acme, as_person):
    group = make_group(acme.tenant, "assets:view", "third_parties:edit")
    ana = as_person(acme.ana)
    shown = ana.get(at(acme, of=group))
    assert ticks(shown)["third_parties:edit"] == (True, False)
    assert "Off in this company: kept, but it doesn't count." in text_of(shown)
    ana.post(at(acme, of=group), filled(group, scopes=["assets:edit", "assets:view"]))
    assert fresh(acme, group).scopes == ["assets:edit", "assets:view", "third_parties:edit"]
    # A read-only group would wake up with a change in it.
    ana.post(at(acme, of=group), filled(fresh(acme, group), scopes=["assets:view"], is_read_only="on"))
    assert fresh(acme, group).scopes == ["assets:view"]


def test_the_second_of_two_editors_is_told_and_keeps_what_was_typed(acme, as_person):
    group = make_group(acme.tenant, "assets:view", name="Readers")
    ana, mine = as_person(acme.ana), filled(group, name="Mine", scopes=["work_orders:view"])
    ana.post(at(acme, of=group), filled(group, name="First", scopes=["assets:view", "assets:report"]))

    told = ana.post(at(acme, of=group), mine)
    assert told.status_code == 422
    text = text_of(told)
    assert "Ana changed this group while it was open here." in text
    assert "Stored now: First . See assets; generate reports on assets." in text
    assert 'value="Mine"' in told.content.decode()
    assert ticks(told)["work_orders:view"] == (True, True)
    assert fresh(acme, group).name == "First"

    again = ana.post(at(acme, of=group), {**mine, "seen": hidden(told, "seen")})
    assert again.status_code == 302
    assert (fresh(acme, group).name, fresh(acme, group).scopes) == ("Mine", ["work_orders:view"])


@pytest.mark.parametrize("seen", ["", "nonsense", "2020-01-01T00:00:00+00:00"])
def test_a_page_that_is_too_old_saves_nothing(acme, as_person, seen):
    group = make_group(acme.tenant, "assets:view", name="Readers")
    answer = as_person(acme.ana).post(at(acme, of=group), filled(group, name="Mine", seen=seen))
    assert answer.status_code == 422
    assert "Somebody else changed this group" in text_of(answer)
    assert fresh(acme, group).name == "Readers"


def test_the_page_says_who_uses_the_group(acme, as_person):
    group = make_group(acme.tenant, "assets:view", name="Readers")
    ana = as_person(acme.ana)
    assert "No OAuth consumer has this group yet." in text_of(ana.get(at(acme, of=group)))
    consumer = make_machine(acme.tenant, groups=[group], name="Ledger sync").consumer
    answer = ana.get(at(acme, of=group))
    assert f"{acme.path}/settings/api-connections/oauth-consumers/{consumer.pk}/" in answer.content.decode()
    assert "Used by Ledger sync" in text_of(answer)


# ---- The live preview


def test_the_preview_says_what_a_change_would_do_and_saves_nothing(acme, as_person):
    group = make_group(acme.tenant, "assets:view", "assets:edit", name="Editors")
    make_machine(acme.tenant, groups=[group], name="Ledger sync")
    ana = as_person(acme.ana)
    less = filled(group, scopes=["assets:view"])
    answer = ana.post(at(acme, "preview/", of=group), {**less, "name": ""})
    assert answer.status_code == 200
    assert text_of(answer).strip() == ("See assets. This takes permissions away Ledger sync can no longer edit assets.")
    assert fresh(acme, group).scopes == group.scopes
    # Whoever saw it live has agreed by saving.
    assert ana.post(at(acme, of=group), {**less, "reviewed": hidden(answer, "reviewed")}).status_code == 302
    assert fresh(acme, group).scopes == ["assets:view"]


def test_the_preview_of_a_new_group_is_its_sentence(acme, as_person):
    ana = as_person(acme.ana)
    answer = ana.post(at(acme, "new/preview/"), {"scopes": ["assets:view", "work_orders:view"]})
    assert text_of(answer).strip() == "See assets and work orders."
    assert text_of(ana.post(at(acme, "new/preview/"), {})).strip() == "Nothing yet. No permission selected"
    assert ana.get(at(acme, "new/preview/")).status_code == 405


# ---- Deleting


def test_deleting_says_who_loses_what_and_acts_when_confirmed(acme, as_person):
    crew = make_group(acme.tenant, "assets:view", "work_orders:view", name="Crew")
    other = make_group(acme.tenant, "assets:view", name="Other")
    unused = make_group(acme.tenant, name="Unused")
    make_machine(acme.tenant, groups=[crew, other], name="Ledger sync")
    make_machine(acme.tenant, groups=[crew], name="Scanner")
    ana, path = as_person(acme.ana), at(acme, f"delete/?selected={crew.pk}&selected={unused.pk}")

    question = ana.get(path)
    text = text_of(question)
    assert "Delete 2 permission groups?" in text
    assert "Ledger sync can no longer see work orders. Scanner can no longer see assets and work orders." in text
    assert "1 OAuth consumer is left without any permission." in text

    unasked = ana.post(path)
    assert unasked.status_code == 200
    assert "Something changed while you were reading." in text_of(unasked)
    assert len(groups_of(acme)) == 3

    done = ana.post(path, {"reviewed": hidden(question, "reviewed")}, follow=True)
    assert done.redirect_chain == [(at(acme), 302)]
    assert "2 permission groups were deleted." in text_of(done)
    assert groups_of(acme) == [other]
    assert {line.object_name for line in lines_of(acme, "permission_group.deleted")} == {"Crew", "Unused"}


def test_deleting_what_nobody_uses_takes_nothing(acme, as_person):
    group = make_group(acme.tenant, name="Unused")
    question = as_person(acme.ana).get(at(acme, f"delete/?selected={group.pk}"))
    assert "Delete Unused?" in text_of(question)
    assert "No OAuth consumer and no member loses anything by it." in text_of(question)


def test_deleting_nothing_leads_back_to_the_list(acme, as_person):
    answer = as_person(acme.ana).get(at(acme, "delete/"), follow=True)
    assert answer.redirect_chain == [(at(acme), 302)]
    assert "Select at least one permission group first." in text_of(answer)


# ---- Languages


@pytest.mark.parametrize(
    ("language", "module", "sentence"),
    [
        ("es", "Órdenes de trabajo", "órdenes de trabajo"),
        ("pt-br", "Ordens de serviço", "ordens de serviço"),
        ("fr", "Ordres de travail", "des ordres de travail"),
    ],
)
def test_modules_and_sentences_follow_the_language(acme, as_person, language, module, sentence):
    group = make_group(acme.tenant, "work_orders:view")
    ana = as_person(acme.ana)
    ana.cookies["language"] = language
    text = text_of(ana.get(at(acme, of=group)))
    assert module in text
    assert f"{sentence}." in text


class TestMembers:
    """A group is of consumers and of people, and both are spoken of."""

    def crew(self, acme):
        group = make_group(acme.tenant, "assets:view", "assets:edit", name="Crew")
        with tenant_scope(acme.tenant):
            for person in (acme.ben, acme.ana):
                MemberGroup.objects.create(membership=Membership.objects.get(user=person), group=group)
        return group

    def test_the_page_and_the_list_say_which_members_have_it(self, acme, as_person):
        group = self.crew(acme)
        page = text_of(as_person(acme.otto).get(at(acme, of=group)))
        assert "Ana Ben" in page.partition("Used by")[2]
        listed = as_person(acme.ana).get(at(acme, "?used=yes&format=csv")).content.decode()
        assert "Crew,,,See and edit assets.,,2," in listed

    def test_what_a_change_takes_from_members_and_from_their_apps_is_shown_before(self, acme, as_person):
        group = self.crew(acme)
        make_yes(make_app(acme.tenant, "assets:view", "assets:edit"), acme.ben)
        make_yes(make_app(acme.tenant, "assets:view"), acme.ben)
        ana = as_person(acme.ana)
        review = ana.post(at(acme, of=group), filled(group, scopes=["assets:view"]))
        words = text_of(review)
        assert "Ben can no longer edit assets." in words
        assert "1 app that a person let in may do less for them" in words
        assert "Ana can no longer" not in words  # a super administrator may do everything
        assert fresh(acme, group).scopes == ["assets:view", "assets:edit"]
        ana.post(at(acme, of=group), filled(group, scopes=["assets:view"], reviewed=hidden(review, "reviewed")))
        assert fresh(acme, group).scopes == ["assets:view"]

    def test_what_a_change_gives_members_is_said(self, acme, as_person):
        group = self.crew(acme)
        answer = as_person(acme.ana).post(
            at(acme, "preview/", of=group), filled(group, scopes=["assets:view", "assets:edit", "assets:delete"])
        )
        assert "Ben can then also delete assets." in text_of(answer)

    def test_deleting_says_what_members_lose(self, acme, as_person):
        group = self.crew(acme)
        question = as_person(acme.ana).get(at(acme, f"delete/?selected={group.pk}"))
        assert "Ben can no longer see and edit assets." in text_of(question)

    def test_agreeing_before_somebody_else_got_the_group_is_not_agreeing(self, acme, as_person):
        group, ana = self.crew(acme), as_person(acme.ana)
        reviewed = hidden(ana.get(at(acme, f"delete/?selected={group.pk}")), "reviewed")
        with tenant_scope(acme.tenant):
            MemberGroup.objects.create(membership=Membership.objects.get(user=acme.dora), group=group)
        again = ana.post(at(acme, f"delete/?selected={group.pk}"), {"reviewed": reviewed})
        assert "Dora can no longer see and edit assets." in text_of(again)
        assert fresh(acme, group) is not None

    def test_switching_a_module_off_says_what_members_lose(self, acme, as_person):
        self.crew(acme)
        answer = as_person(acme.ana).post(
            f"{acme.path}/settings/modules/",
            {"modules": [slug for slug in acme.tenant.modules if slug != "assets"], "seen": " ".join(modules_of(acme))},
        )
        assert "Ben can no longer see and edit assets." in text_of(answer)
