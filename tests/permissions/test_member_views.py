"""The drawers of Members: what somebody may do is given with the invitation and changed later."""

from html import unescape

import pytest

from permissions.models import MemberGroup
from tenants import members
from tenants.context import tenant_scope
from tenants.models import Membership
from tests.cast import make_app, make_group, make_yes
from tests.consumers.pages import signed_in
from tests.permissions.pages import lines_of

MEMBERS = "/settings/user-accounts/members/"


def text(answer):
    return unescape(answer.content.decode())


def of(company, user):
    with tenant_scope(company.tenant):
        return Membership.objects.select_related("user").get(user=user)


def held(company, user):
    with tenant_scope(company.tenant):
        return sorted(MemberGroup.objects.filter(membership__user=user).values_list("group__name", flat=True))


def url(company, user):
    return f"{company.path}{MEMBERS}{of(company, user).pk}/"


@pytest.fixture
def crew(acme):
    return make_group(acme.tenant, "assets:view", "work_orders:edit", name="Crew")


def test_somebody_is_invited_with_groups(acme, crew):
    form = {"email": f"nils@{acme.slug}.test", "name": "Nils", "role": "member", "groups": [crew.pk]}
    assert signed_in(acme.ana).post(f"{acme.path}{MEMBERS}new/", form).status_code == 302
    with tenant_scope(acme.tenant):
        invited = Membership.objects.get(user__email=form["email"])
    assert held(acme, invited.user) == ["Crew"]
    assert [line.verb for line in lines_of(acme)] == ["member.invited", "member.groups_changed"]


def test_role_and_groups_are_saved_together(acme, crew):
    answer = signed_in(acme.ana).post(url(acme, acme.ben), {"role": "auditor", "groups": [crew.pk]}, follow=True)
    assert "“Ben” was saved." in text(answer)
    assert (of(acme, acme.ben).role, held(acme, acme.ben)) == ("auditor", ["Crew"])
    signed_in(acme.ana).post(url(acme, acme.ben), {"role": "auditor"})
    assert held(acme, acme.ben) == []


def test_the_drawer_says_what_they_may_do_and_how_many_apps_do_it_for_them(acme, crew):
    signed_in(acme.ana).post(url(acme, acme.ben), {"role": "member", "groups": [crew.pk]})
    make_yes(make_app(acme.tenant, "assets:view"), acme.ben)
    for reader in (acme.ana, acme.otto):
        page = text(signed_in(reader).get(url(acme, acme.ben)))
        for words in ("See assets; edit work orders.", "1 app<", "Crew"):
            assert words in page, words
    assert "Everything in all modules." in text(signed_in(acme.otto).get(url(acme, acme.ana)))
    with tenant_scope(acme.tenant):
        members.suspend(of(acme, acme.ben), by=acme.ana)
    assert "Refused while the person is suspended." in text(signed_in(acme.ana).get(url(acme, acme.ben)))


def test_the_list_shows_and_exports_groups(acme, crew):
    signed_in(acme.ana).post(url(acme, acme.ben), {"role": "member", "groups": [crew.pk]})
    page = text(signed_in(acme.otto).get(f"{acme.path}{MEMBERS}"))
    assert '<span class="chip plain">Crew</span>' in page
    assert "May do everything" in page
    exported = text(signed_in(acme.otto).get(f"{acme.path}{MEMBERS}?format=csv"))
    assert "Ben," in exported
    assert ",Member,Crew,Active," in exported


@pytest.mark.parametrize("name", ["otto", "dora", "ben"])
def test_only_a_super_administrator_gives_groups(acme, crew, name):
    answer = signed_in(acme.people[name]).post(url(acme, acme.dora), {"role": "developer", "groups": [crew.pk]})
    assert answer.status_code == 403
    assert held(acme, acme.dora) == []


def test_nobody_gives_themselves_groups(acme, crew):
    answer = signed_in(acme.ana).post(url(acme, acme.ana), {"role": "super_admin", "groups": [crew.pk]})
    assert answer.status_code == 422
    assert "You can't change your own membership." in text(answer)
    assert held(acme, acme.ana) == []


@pytest.mark.rfc("product", "TN", "TN-04")
def test_groups_of_another_company_and_nonsense_are_no_choice(acme, beta):
    theirs = make_group(beta.tenant)
    for wrong in (theirs.pk, "nonsense", "-1", "9" * 30, "\0"):
        answer = signed_in(acme.ana).post(url(acme, acme.ben), {"role": "member", "groups": [wrong]})
        assert answer.status_code == 422, wrong
        assert wrong == "\0" or "Choose permission groups of this company." in text(answer)
    assert held(acme, acme.ben) == []
    assert signed_in(beta.eve).get(url(acme, acme.ben)).status_code == 404


def test_giving_groups_asks_for_the_password_again_after_a_while(acme, crew):
    answer = signed_in(acme.ana, seconds_ago=3600).post(url(acme, acme.ben), {"role": "member", "groups": [crew.pk]})
    assert answer["Location"].startswith("/accounts/reauthenticate/")
    assert held(acme, acme.ben) == []


def test_suspending_and_resuming_say_what_it_means_for_apps(acme):
    ana, picked = signed_in(acme.ana), of(acme, acme.ben).pk
    for deed, words in (
        ("suspend", "Apps that act for them here are refused from the next request on."),
        ("resume", "Apps that they let act for them here work again."),
        ("remove", "the apps they let in here are shut out"),
    ):
        assert words in text(ana.get(f"{acme.path}{MEMBERS}{deed}/?selected={picked}"))
