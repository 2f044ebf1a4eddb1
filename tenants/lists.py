"""Lists of the panel: a table with picked rows, its usual columns, paging, and the same rows as CSV."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from operator import attrgetter
from typing import Any, ClassVar, TypedDict

import django_tables2 as tables
from django.core.exceptions import FieldDoesNotExist
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.html import conditional_escape, escape, format_html, strip_tags
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_tables2.columns import BoundColumn
from django_tables2.rows import BoundRow
from django_tables2.utils import Accessor, signature

from tenants.moments import ago

type Text = str | Promise

ROWS_PER_PAGE = 25
# A spreadsheet takes a cell that begins with one of these for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


# Stands where a value comes in a piece of HTML that is rendered once for a whole column.
SLOT = "\ufdd0"
CELL = '<td {} data-column="{}" data-label="{}">'


class Empty(TypedDict, total=False):
    """What a list says when it has no rows, and the way to the first one (templates/elements/empty.html)."""

    icon: str
    title: Text
    text: Text
    url: Text
    label: Text


class BulkAction(TypedDict, total=False):
    """What can be done with picked rows: a page at `url` that gets ?selected=…, asks, and acts on POST."""

    label: Text
    icon: str
    kind: str
    url: Text


class SelectColumn(tables.Column):  # type: ignore[misc]
    """A tick box that picks the row. Must be called `select`."""

    def __init__(self) -> None:
        super().__init__(
            accessor="pk",
            orderable=False,
            exclude_from_export=True,
            attrs={"td": {"class": "pick-cell", "data-fixed": ""}},
        )

    @property
    def header(self) -> SafeString:
        return format_html('<input type="checkbox" class="pick-all" aria-label="{}">', _("Select all rows"))

    def render(self, value: object, record: object) -> SafeString:
        label = _("Select %(name)s") % {"name": record}
        return format_html(
            '<input type="checkbox" class="pick" name="selected" value="{}" aria-label="{}">', value, label
        )


class TimeColumn(tables.Column):  # type: ignore[misc]
    """A moment in words with the exact time on hover. `address`: name of the row's attribute with an IP address."""

    empty_values = ()

    def __init__(self, *args: Any, address: str = "", never: Text = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.address, self.never = address, never

    def render(self, value: Any, record: Any) -> SafeString:
        """As templates/elements/time.html, without the price of a template per cell."""
        if not value:
            return format_html('<span class="soft">{}</span>', self.never or _("Never"))
        moment = localtime(value)
        exact = f"{moment:%Y-%m-%d %H:%M:%S %Z}"
        address = getattr(record, self.address, None) if self.address else None
        return format_html(
            '<time datetime="{}" title="{}">{}</time>',
            moment.isoformat(),
            f"{exact} · {address}" if address else exact,
            ago(value),
        )

    def value(self, value: Any) -> str:
        return value.isoformat() if value else ""


class CopyColumn(tables.Column):  # type: ignore[misc]
    """A value to copy, such as a key."""

    shape = ""

    def render(self, value: Any, bound_column: Any) -> SafeString:
        if not self.shape:
            # Columns live as long as one table: the element is rendered once, its values are put in per row.
            self.shape = render_to_string("elements/copyable.html", {"value": SLOT, "label": bound_column.header})
        return mark_safe(self.shape.replace(SLOT, escape(value)))  # noqa: S308 (escaped)

    def value(self, value: Any) -> str:
        return str(value)


class Table(tables.Table):  # type: ignore[misc]
    """Base of every list. Rows on a page come from the database alone."""

    caption: Text = ""
    empty: ClassVar[Empty] = {"icon": "inbox", "title": gettext_lazy("Nothing here yet")}
    bulk_actions: Sequence[BulkAction] = ()
    is_filtered = False

    class Meta:
        template_name = "elements/table.html"
        order_by_field = "sort"

    def body(self) -> SafeString:
        """The rows of this page, put together here: a template would ask each column for its attributes and
        its heading once per cell, which was most of what a list cost."""
        opened = [
            (format_html(CELL, column.attrs["td"].as_html(), column.name, strip_tags(column.header)), cell_of(column))
            for column in self.columns
        ]
        rows = (
            "".join(f"{start}{conditional_escape(cell(row))}</td>" for start, cell in opened)
            for row in self.paginated_rows
        )
        return mark_safe("".join(f"<tr>{row}</tr>\n" for row in rows))  # noqa: S308 (every cell is escaped)


def cell_of(column: BoundColumn) -> Callable[[BoundRow], Any]:
    """What shows a column's cell. The library looks at the signature of a column's method, at the model's fields and
    at every way to reach a value once per cell; for a column whose method wants nothing but these, once is enough."""
    arguments, takes_more = signature(column.render)
    of_row = [name for name in arguments if name in ("value", "record")]
    known = {"column": column.column, "bound_column": column, "table": column._table}
    if takes_more or column.link or is_choice(column) or not {*of_row, *known}.issuperset(arguments):
        return lambda row: row.get_cell(column.name)
    constant = {name: known[name] for name in arguments if name in known}
    reach, render, default = reached_by(column.accessor), column.render, column.default
    empty_values = column.column.empty_values

    def cell(row: BoundRow) -> Any:
        value = reach(row.record)
        if value in empty_values:
            return default
        given = {"value": value, "record": row.record}
        return render(**constant, **{name: given[name] for name in of_row})

    return cell


def is_choice(column: BoundColumn) -> bool:
    """Shown by its label, which the library sees to."""
    try:
        field = Accessor(column.accessor).get_field(column._table.data.model)
    except FieldDoesNotExist:
        return False
    return bool(getattr(field, "choices", None))


def reached_by(accessor: str) -> Callable[[object], Any]:
    """Rows are model instances; what hangs on nothing is nothing."""
    reach = attrgetter(accessor.replace("__", "."))

    def value(record: object) -> Any:
        try:
            found = reach(record)
        except AttributeError:
            return None
        return found() if callable(found) and not getattr(found, "do_not_call_in_templates", False) else found

    return value


@lru_cache(maxsize=256)
def badge_of(label: str, kind: str = "", *, plain: bool = False) -> SafeString:
    """templates/elements/badge.html. A list has few different ones."""
    return render_to_string("elements/badge.html", {"label": label, "kind": kind, "plain": plain})


def chip_row(labels: Iterable[str]) -> SafeString:
    """As templates/elements/chip_row.html, without the price of a template per cell."""
    chips = "".join(f'<span class="chip plain">{escape(label)}</span>' for label in labels)
    return mark_safe(f'<span class="chip-row">{chips}</span>')  # noqa: S308 (escaped)


def configure(request: HttpRequest, table: Table, *, filtered: bool = False) -> Table:
    """Sort and page by what the URL asks; how long a page is, is not the URL's to say. A page that isn't there
    shows the last."""
    table.is_filtered = filtered
    sort(request, table)
    table.paginate(per_page=ROWS_PER_PAGE)
    table.page = table.paginator.get_page(request.GET.get(table.prefixed_page_field))
    return table


def sort(request: HttpRequest, table: Table) -> None:
    """By what the URL asks, of the columns there are; a name that is none never reaches the table."""
    table.request = request
    asked = [name for name in request.GET.getlist(table.prefixed_order_by_field) if name.lstrip("-") in table.columns]
    if asked:
        table.order_by = asked


def wants_csv(request: HttpRequest) -> bool:
    return request.GET.get("format") == "csv"


def csv_response(request: HttpRequest, table: Table, filename: str) -> HttpResponse:
    """All matching rows in the order asked for, as a file. Cells that a spreadsheet would run are quoted."""
    sort(request, table)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{filename}.csv"'
    response.write("\ufeff")
    write_csv(csv.writer(response), table.as_values(exclude_columns=("select", "actions")))
    return response


def write_csv(writer: Any, rows: Iterable[Sequence[object]]) -> None:
    for row in rows:
        writer.writerow([harmless(cell) for cell in row])


def harmless(cell: object) -> str:
    text = strip_tags(str(cell)) if isinstance(cell, SafeString) else "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(FORMULA) else text
