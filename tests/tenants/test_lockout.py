"""Failed sign-ins: counted by account and address together, in the database, and told to the person's companies."""

import pytest
from django.db import connection
from django.test import Client

from accounts import errands
from accounts.models import Errand
from tests.cast import PASSWORD, make_user

LOGIN = "/accounts/login/"
WRONG = "not the password at all"


def attempt(email, password=WRONG, address="198.51.100.1"):
    browser = Client(REMOTE_ADDR=address)
    answer = browser.post(LOGIN, {"login": email, "password": password})
    return answer.status_code == 302, answer.content.decode()


@pytest.fixture
def address():
    """One nobody else in this run has."""
    from secrets import randbelow

    return f"10.{randbelow(256)}.{randbelow(256)}.{randbelow(256)}"


def test_after_five_failures_even_the_right_password_is_refused(acme, address):
    for _ in range(5):
        assert not attempt(acme.ben.email, address=address)[0]
    signed_in, page = attempt(acme.ben.email, PASSWORD, address)
    assert not signed_in
    assert "Too many failed login attempts" in page


def test_nobody_locks_somebody_else_out_from_another_address(acme, address):
    for _ in range(6):
        attempt(acme.ben.email, address=address)
    assert attempt(acme.ben.email, PASSWORD, "203.0.113.77")[0]


def test_the_count_is_in_the_database_for_all_workers_and_after_a_restart(acme, address):
    def keys():
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM gatehouse_cache WHERE cache_key LIKE '%login_failed%'")
            return cursor.fetchone()[0]

    before = keys()
    attempt(acme.ben.email, address=address)
    assert keys() > before


def test_known_and_unknown_accounts_get_the_same_answers(acme, address):
    def shape(email):
        pages = [attempt(email, address=address)[1] for _ in range(6)]
        return [page.replace(email, "E-MAIL").partition('id="messages"')[2].partition("csrf")[0] for page in pages]

    assert shape(acme.ben.email) == shape("nobody-at-all@example.test")


def test_each_company_of_the_person_has_a_line(acme, beta, address, lines, as_person):
    from tenants.context import tenant_scope
    from tenants.models import Membership

    with tenant_scope(beta.tenant):
        Membership.objects.create(user=acme.ben, role="member")
    attempt(acme.ben.email, address=address)
    errands.run_due()
    for company in (acme, beta):
        (line,) = lines(company, "member.sign_in_refused")
        assert (line.object_name, line.address, line.actor_id) == ("Ben", address, None)


def test_those_locked_out_fill_no_log(acme, address, lines):
    for _ in range(9):
        attempt(acme.ben.email, address=address)
    errands.run_due()
    assert len(lines(acme, "member.sign_in_refused")) == 5


def test_an_account_without_a_company_is_refused_without_a_line(address):
    person = make_user()
    assert not attempt(person.email, address=address)[0]
    errands.run_due()
    assert not Errand.objects.filter(email=person.email).exists()
