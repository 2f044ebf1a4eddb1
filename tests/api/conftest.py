import pytest


@pytest.fixture
def acme():
    from tests import cast

    return cast.make_acme()


@pytest.fixture
def beta():
    from tests import cast

    return cast.make_beta()


@pytest.fixture
def api(acme):
    """A consumer of acme that may do everything through the API."""
    from tests.api.caller import manager_of

    return manager_of(acme)
