"""Nothing is claimed without a test, and the published table is the tests' own."""

from tests.compliance.table import PAGE, claims, proofs, render


def test_every_claim_has_a_test():
    proven = {proof.claim for proof in proofs()}
    assert sorted(claims().keys() - proven) == []


def test_the_published_table_is_in_step():
    assert PAGE.read_text(encoding="utf-8") == render(), "run: python -m tests.compliance.table"
