import csv
import io
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from authorizations.models import Authorization
from consumers import registration
from consumers.models import Consumer
from permissions import object_access
from tenants.context import tenant_scope
from tests.cast import make_group, make_machine
from tests.consumers.pages import at, consumers_of


def names_in(response):
    return [row.record.name for row in response.context["table"].page.object_list]


def test_a_super_administrator_sees_every_consumer_with_its_columns(acme, as_person):
    group = make_group(acme.tenant, name="Read everything")
    machine = make_machine(acme.tenant, name="Ledger sync", groups=[group], description="Books what was done")
    now = timezone.now()
    with tenant_scope(acme.tenant):
        Authorization.objects.filter(consumer=machine.consumer).update(
            last_accessed_at=now - timedelta(hours=3), last_accessed_address="203.0.113.7"
        )

    page = as_person(acme.ana).get(at(acme))

    html = page.content.decode()
    assert page.status_code == 200
    assert names_in(page) == ["Ledger sync"]
    for text in (
        machine.key,
        f"••••{machine.secret[-4:]}",
        "Client credentials",
        "Read everything",
        "Active",
        "3\xa0hours ago",
        "203.0.113.7",
        "Showing 1 of 1",
        at(acme, "new/"),
    ):
        assert text in html, text
    assert machine.secret not in html


def test_a_consumer_that_was_never_used_says_never(acme, as_person):
    make_machine(acme.tenant)

    assert ">Never<" in as_person(acme.ana).get(at(acme)).content.decode()


def test_the_secret_column_follows_the_newest_working_secret(acme, as_person):
    machine = make_machine(acme.tenant)
    with tenant_scope(acme.tenant):
        second, minted = registration.add_secret(machine.consumer, name="second")
    assert f"••••{minted.shown[-4:]}" in as_person(acme.ana).get(at(acme)).content.decode()

    with tenant_scope(acme.tenant):
        registration.retire_secret(second)
    html = as_person(acme.ana).get(at(acme)).content.decode()
    assert f"••••{machine.secret[-4:]}" in html
    assert f"••••{minted.shown[-4:]}" not in html


def test_an_empty_company_is_told_what_to_do_next(acme, as_person):
    html = as_person(acme.ana).get(at(acme)).content.decode()

    assert "No OAuth consumer yet" in html
    assert "Connect the first third-party system" in html


def test_an_auditor_reads_everything_and_changes_nothing(acme, as_person):
    make_machine(acme.tenant, name="Ledger sync")

    page = as_person(acme.otto).get(at(acme))

    html = page.content.decode()
    assert names_in(page) == ["Ledger sync"]
    for offer in (at(acme, "new/"), at(acme, "delete/"), 'name="selected"'):
        assert offer not in html


def test_a_developer_sees_the_consumers_he_was_given_and_no_other(acme, as_person):
    mine, _ = make_machine(acme.tenant, name="Mine"), make_machine(acme.tenant, name="Not mine")
    with tenant_scope(acme.tenant):
        object_access.give(acme.dora, mine.consumer)

    browser = as_person(acme.dora)

    assert names_in(browser.get(at(acme))) == ["Mine"]
    assert "Not mine" not in browser.get(at(acme), {"q": "Not"}).content.decode()
    assert "Not mine" not in browser.get(at(acme), {"format": "csv"}).content.decode()


def test_a_member_may_not_open_it(acme, as_person):
    assert as_person(acme.ben).get(at(acme)).status_code == 403


def test_a_stranger_finds_no_page(acme, beta, as_person):
    assert as_person(beta.eve).get(at(acme)).status_code == 404


def test_who_is_not_signed_in_is_asked_to(client, acme):
    answer = client.get(at(acme))

    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/?next=")


def test_consumers_of_another_company_are_never_listed(acme, beta, as_person):
    make_machine(acme.tenant, name="Ours")
    make_machine(beta.tenant, name="Theirs")

    browser = as_person(acme.ana)

    assert names_in(browser.get(at(acme))) == ["Ours"]
    assert "Theirs" not in browser.get(at(acme), {"format": "csv"}).content.decode()


def test_deleted_consumers_are_gone(acme, as_person):
    machine = make_machine(acme.tenant)
    with tenant_scope(acme.tenant):
        registration.delete_consumer(machine.consumer)

    assert "No OAuth consumer yet" in as_person(acme.ana).get(at(acme)).content.decode()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "LEDGER"}, ["Ledger sync"]),
        ({"q": "warehouse"}, ["Stock"]),
        ({"q": "nothing like it"}, []),
        ({"state": "active"}, ["Ledger sync", "Stock"]),
        ({"state": "suspended"}, ["Paused"]),
        ({"state": "revoked"}, ["Cut off"]),
        ({"grant_type": "client-credentials", "q": "sync"}, ["Ledger sync"]),
        ({"grant_type": "password"}, ["Cut off", "Ledger sync", "Paused", "Stock"]),
        ({"q": "\0"}, ["Cut off", "Ledger sync", "Paused", "Stock"]),
        ({"sort": "name", "page": "9"}, ["Cut off", "Ledger sync", "Paused", "Stock"]),
        ({"sort": "-name"}, ["Stock", "Paused", "Ledger sync", "Cut off"]),
        ({"sort": "no_such_column"}, ["Cut off", "Ledger sync", "Paused", "Stock"]),
        ({"page": "0"}, ["Cut off", "Ledger sync", "Paused", "Stock"]),
        ({"page": "nought"}, ["Cut off", "Ledger sync", "Paused", "Stock"]),
    ],
)
def test_search_filter_and_sort(acme, as_person, query, found):
    make_machine(acme.tenant, name="Ledger sync")
    make_machine(acme.tenant, name="Stock", description="Counts the warehouse")
    paused, cut = make_machine(acme.tenant, name="Paused"), make_machine(acme.tenant, name="Cut off")
    with tenant_scope(acme.tenant):
        registration.suspend_consumer(paused.consumer)
        cut.consumer.authorizations.all().end(by=acme.ana)

    page = as_person(acme.ana).get(at(acme), {"sort": "name", **query})

    assert page.status_code == 200
    names = names_in(page)
    assert (names if query.get("sort") in ("name", "-name") else sorted(names)) == found
    if not found:
        assert "Nothing matches" in page.content.decode()


@pytest.mark.parametrize("column", ["name", "grant_type", "state", "last_accessed", "created"])
@pytest.mark.parametrize("direction", ["", "-"])
def test_every_column_that_offers_it_sorts(acme, as_person, column, direction):
    used, _ = make_machine(acme.tenant, name="Used"), make_machine(acme.tenant, name="Never used")
    with tenant_scope(acme.tenant):
        Authorization.objects.filter(consumer=used.consumer).update(last_accessed_at=timezone.now())

    page = as_person(acme.ana).get(at(acme), {"sort": direction + column})

    assert sorted(names_in(page)) == ["Never used", "Used"]
    if column == "last_accessed":
        assert names_in(page) == (["Used", "Never used"] if direction else ["Never used", "Used"])


def test_pages_are_cut_by_the_database(acme, as_person):
    group = make_group(acme.tenant)
    for number in range(27):
        make_machine(acme.tenant, name=f"Machine {number:02}", groups=[group])

    browser = as_person(acme.ana)
    second = browser.get(at(acme), {"sort": "name", "page": "2"})

    assert names_in(second) == ["Machine 25", "Machine 26"]
    assert "Showing 2 of 27" in second.content.decode()


def test_the_list_costs_the_same_few_statements_however_long_it_is(acme, as_person):
    group = make_group(acme.tenant)
    browser = as_person(acme.ana)
    make_machine(acme.tenant, groups=[group])
    counts = []
    for round in range(2):
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(at(acme)).status_code == 200
        counts.append(len(captured))
        with tenant_scope(acme.tenant):
            Consumer.objects.bulk_create(
                Consumer(
                    tenant=acme.tenant, name=f"Bulk {round} {number}", authorization_grant_type="client-credentials"
                )
                for number in range(40)
            )

    assert counts[0] == counts[1]
    assert counts[0] <= 12


def test_a_name_that_would_turn_the_line_around_is_shown_harmlessly(acme, as_person):
    machine = make_machine(acme.tenant)
    with tenant_scope(acme.tenant):
        Consumer.objects.filter(pk=machine.consumer.pk).update(name="Bank\u202egpj.exe <script>alert(1)</script>")

    html = as_person(acme.ana).get(at(acme)).content.decode()

    assert "\u202e" not in html
    assert "<script>alert" not in html
    assert "Bank\ufffdgpj.exe &lt;script&gt;" in html


def test_the_csv_holds_every_matching_row_without_secrets_and_runs_nothing(acme, as_person):
    group = make_group(acme.tenant, name="Read everything")
    dangerous = ["=1+1", "+1", "-1", "@SUM(A1)"]
    machines = [make_machine(acme.tenant, name=name, groups=[group]) for name in dangerous]
    for number in range(26):
        machines.append(make_machine(acme.tenant, name=f"Machine {number:02}", groups=[group]))

    answer = as_person(acme.ana).get(at(acme), {"format": "csv", "sort": "name"})

    text = answer.content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="oauth-consumers.csv"'
    assert list(rows[0]) == ["Name", "Key", "Grant type", "Permission groups", "State", "Last accessed", "Created"]
    assert len(rows) == 30
    assert {f"'{name}" for name in dangerous} <= {row["Name"] for row in rows}
    assert {row["Permission groups"] for row in rows} == {"Read everything"}
    assert {row["State"] for row in rows} == {"Active"}
    assert {row["Key"] for row in rows} == {consumer.key for consumer in consumers_of(acme)}
    assert not any(machine.secret in text or machine.secret[-4:] + '"' in text for machine in machines)


def test_the_csv_follows_search_and_filter(acme, as_person):
    make_machine(acme.tenant, name="Ledger sync")
    make_machine(acme.tenant, name="Stock")

    answer = as_person(acme.ana).get(at(acme), {"format": "csv", "q": "led"})

    assert [row["Name"] for row in csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))] == ["Ledger sync"]


def test_htmx_asks_the_same_address(acme, as_person):
    make_machine(acme.tenant, name="Ledger sync")

    page = as_person(acme.ana).get(at(acme), {"q": "led"}, headers={"HX-Request": "true", "HX-Target": "list"})

    assert 'id="list"' in page.content.decode()
    assert names_in(page) == ["Ledger sync"]


@pytest.mark.parametrize("sort", [".", "-.", "name.", "__class__", "-", "nothing", "name,created"])
def test_a_sort_by_no_column_leaves_the_usual_order(acme, as_person, sort):
    make_machine(acme.tenant)

    assert as_person(acme.ana).get(at(acme), {"sort": sort}).status_code == 200
