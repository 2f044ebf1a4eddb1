"""Whoever signs in to look at the App authorizations list."""

import pytest


@pytest.fixture
def as_person():
    """A browser where somebody gave their password a moment ago, or longer."""
    from tests.consumers.pages import signed_in

    return signed_in
