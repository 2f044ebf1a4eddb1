"""Stock django-oauth-toolkit as an oracle: the same request gets the same verdict, or a written reason why not."""

import pytest

from tests.oracle.cases import CASES
from tests.oracle.differences import DIFFERENCES, PAGE, by_case, render
from tests.oracle.identity_cases import IDENTITY_CASES
from tests.oracle.person_cases import PERSON_CASES

EVERY_CASE = [*CASES, *PERSON_CASES, *IDENTITY_CASES]


@pytest.mark.parametrize("case", EVERY_CASE, ids=lambda case: case.id)
def test_both_servers_say_the_same_or_the_difference_is_written_down(stock, ours, case):
    listed = by_case().get(case.id)
    verdicts = {"stock": stock.verdict(case), "ours": ours.verdict(case)}
    if listed:
        assert verdicts == {"stock": listed.stock, "ours": listed.ours}
    else:
        assert verdicts["ours"] == verdicts["stock"], "a difference that tests/oracle/differences.py does not list"


def test_every_difference_is_about_a_request_that_is_sent_and_is_one():
    listed = [case for difference in DIFFERENCES for case in difference.cases]
    known = [case.id for case in EVERY_CASE]
    assert len(set(known)) == len(known)
    assert len(set(listed)) == len(listed)
    assert sorted(set(listed) - set(known)) == []
    assert [difference.cases for difference in DIFFERENCES if difference.stock == difference.ours] == []


def test_the_page_is_in_step():
    assert PAGE.read_text(encoding="utf-8") == render(), "run: python -m tests.oracle.differences"
