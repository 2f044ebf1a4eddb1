"""Whoever signs in to look at permission groups and modules."""

import pytest
from django.test import Client


@pytest.fixture
def as_person():
    """A browser where somebody is signed in."""

    def signed_in(user):
        browser = Client()
        browser.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return browser

    return signed_in
