"""Lists: paging, sorting, and CSV that no spreadsheet runs."""

import csv
import io
from dataclasses import dataclass
from datetime import UTC, datetime

import django_tables2 as tables
import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory

from tenants.lists import CopyColumn, SelectColumn, Table, TimeColumn, configure, csv_response, harmless, wants_csv


@dataclass
class Row:
    pk: int
    name: str
    key: str
    seen: datetime | None
    address: str | None = None

    def __str__(self) -> str:
        return self.name


class Rows(Table):
    caption = "Rows"
    select = SelectColumn()
    name = tables.Column()
    key = CopyColumn()
    seen = TimeColumn(address="address", never="Not yet")


def rows(count: int) -> list[Row]:
    return [Row(number, f"Row {number:03}", f"k{number}", None) for number in range(count)]


def html(table: Table, path: str = "/") -> str:
    return render_to_string("elements/table.html", {"table": table}, RequestFactory().get(path))


@pytest.mark.parametrize("asked", ["per_page=100000", "per_page=0", "per_page=-1", "page=-1", "page=x", "page=%00"])
def test_nobody_chooses_how_long_a_page_is(asked):
    page = html(configure(RequestFactory().get(f"/?{asked}"), Rows(rows(30))), f"/?{asked}")
    assert page.count('class="pick"') in {25, 5}
    assert "of 30" in page


def test_a_page_holds_twenty_five_rows_and_says_how_many_there_are():
    request = RequestFactory().get("/?page=2")
    page = html(configure(request, Rows(rows(60))), "/?page=2")
    assert page.count('class="pick"') == 25
    assert "Showing 25 of 60" in page
    assert 'aria-label="Select Row 025"' in page
    assert '<span aria-current="page">2</span>' in page


@pytest.mark.parametrize("page", ["99", "0", "-1", "x", ""])
def test_a_page_that_does_not_exist_shows_one_that_does(page):
    request = RequestFactory().get("/", {"page": page})
    table = configure(request, Rows(rows(30)))
    assert table.page.number in {1, 2}


def test_a_sorted_column_says_so():
    request = RequestFactory().get("/?sort=-name")
    page = html(configure(request, Rows(rows(3))), "/?sort=-name")
    assert 'data-column="name" aria-sort="descending"' in page
    assert page.index("Row 002") < page.index("Row 001")


@pytest.mark.parametrize("sort", ["nonsense", "select", "name__x", "-", "'"])
def test_sorting_by_something_else_changes_nothing(sort):
    request = RequestFactory().get("/", {"sort": sort})
    assert "Row 002" in html(configure(request, Rows(rows(3))))


def test_a_moment_shows_the_exact_time_and_address_on_hover():
    seen = Row(1, "One", "k", datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC), "203.0.113.7")
    page = html(configure(RequestFactory().get("/"), Rows([seen, *rows(1)])))
    assert 'title="2020-01-02 03:04:05 UTC · 203.0.113.7"' in page
    assert "years ago" in page
    assert "Not yet" in page


def test_a_name_made_of_markup_is_text_everywhere_in_its_row():
    row = Row(1, '"><script>alert(1)</script>', '"><b>', None)
    page = html(configure(RequestFactory().get("/"), Rows([row])))
    assert "<script>" not in page
    assert "<b>" not in page


def test_an_empty_list_says_what_to_do_and_a_filtered_one_how_to_see_all():
    class WithWay(Rows):
        empty = {"icon": "plug", "title": "No row yet", "text": "Make one.", "url": "/new/", "label": "New row"}

    empty = html(configure(RequestFactory().get("/"), WithWay([])))
    assert "No row yet" in empty
    assert '<a class="button primary" href="/new/" data-drawer>New row</a>' in empty
    assert "Showing" not in empty
    filtered = html(configure(RequestFactory().get("/?q=x"), WithWay([]), filtered=True))
    assert "Nothing matches" in filtered
    assert 'href="/">Clear search and filter</a>' in filtered


def test_csv_holds_all_rows_in_the_order_asked_for_without_tick_boxes():
    request = RequestFactory().get("/?format=csv&sort=-name")
    assert wants_csv(request)
    response = csv_response(request, Rows(rows(60)), "rows")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="rows.csv"'
    lines = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert lines[0] == ["Name", "Key", "Seen"]
    assert lines[1] == ["Row 059", "k59", ""]
    assert len(lines) == 61


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r"])
def test_a_cell_that_a_spreadsheet_would_run_is_defused(begin):
    assert harmless(f"{begin}HYPERLINK(1)") == f"'{begin}HYPERLINK(1)"
    assert harmless("Ledger sync") == "Ledger sync"
    assert harmless(None) == ""
