"""Whoever signs in to look at the OAuth consumers, and how long ago they gave their password."""

import pytest


@pytest.fixture
def as_person():
    """A browser where somebody signed in, by default just now."""

    from tests.consumers.pages import signed_in

    return signed_in
