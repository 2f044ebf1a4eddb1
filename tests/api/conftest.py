import pytest


@pytest.fixture
def api(acme):
    """A consumer of acme that may do everything through the API."""
    from tests.api.caller import manager_of

    return manager_of(acme)
