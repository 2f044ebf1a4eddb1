import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from authorizations import granting
from authorizations.models import Authorization
from consumers.models import Consumer
from tenants.context import tenant_scope
from tests.authorizations.rows import row_of
from tests.cast import make_machine

CHAIN = """
SELECT count(*), count(*) FILTER (
  WHERE previous_hash = coalesce(before, '') AND hash = tenants_audit_digest(line)
) FROM (
  SELECT line, previous_hash, hash, lag(hash) OVER (ORDER BY sequence) AS before
  FROM tenants_auditevent line WHERE tenant_id = %s
) chained
"""


@pytest.mark.rfc("Gatehouse", "Multi-tenant", "TN-08")
def test_thousands_end_in_a_few_statements_and_the_log_stays_chained(acme, owner_connection):
    number = 2_400
    with tenant_scope(acme.tenant):
        consumers = Consumer.objects.bulk_create(
            [
                Consumer(tenant=acme.tenant, name=f"Sensor {each}", authorization_grant_type="client-credentials")
                for each in range(number)
            ],
            batch_size=400,
        )
        Authorization.objects.bulk_create(
            [Authorization(tenant=acme.tenant, consumer=consumer) for consumer in consumers], batch_size=400
        )

        with CaptureQueriesContext(connection) as statements:
            ended = granting.revoke_all_of(Authorization.objects.all(), by=acme.ana)

    assert ended == number
    assert len(statements) <= 16
    lines, chained = owner_connection.execute(CHAIN, [acme.tenant.pk]).fetchone()
    assert lines == chained == number


def test_ids_of_other_companies_and_of_nothing_are_passed_over(acme, beta):
    mine, theirs = row_of(make_machine(acme.tenant)), make_machine(beta.tenant)

    with tenant_scope(acme.tenant):
        ended = granting.revoke_many([mine.pk, row_of(theirs).pk, 999_999_999])

    assert ended == 1
    assert row_of(theirs).is_live


def test_a_deleted_consumer_is_not_let_in_again(acme):
    from consumers import registration

    machine = make_machine(acme.tenant)
    with tenant_scope(acme.tenant):
        registration.delete_consumer(machine.consumer)

        with pytest.raises(granting.ConsumerGone):
            granting.authorize_again(machine.consumer)
