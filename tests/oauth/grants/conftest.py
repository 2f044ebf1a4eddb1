import pytest

# Nothing of Django's may be imported while conftest files load: the settings are not there yet.


@pytest.fixture
def app(acme):
    """A confidential consumer that acts for people."""
    from tests.cast import make_app

    return make_app(acme.tenant, "assets:view", "work_orders:view")


@pytest.fixture
def public_app(acme):
    from tests.cast import make_app

    return make_app(acme.tenant, "assets:view", "work_orders:view", public=True)
