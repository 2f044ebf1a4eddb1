import pytest

# Nothing of Django's may be imported while conftest files load: the settings are not there yet.


@pytest.fixture(params=["view", "wsgi"])
def door(request):
    """Each test that speaks HTTP runs through both doors."""
    from tests.wire import DOORS

    return DOORS[request.param]()


@pytest.fixture
def wire(acme, door):
    from tests.wire import Wire

    return Wire(acme, door)


@pytest.fixture
def lose_answer(monkeypatch):
    """Lets the connection die once behind the commit of a statement, which is then asked again with the very same
    tokens. Returns what was lost."""
    from oauth import postgres

    ask, lost = postgres.Line.ask, []

    def lose(name):
        def asking(line, *asked):
            found = ask(line, *asked)
            if asked[0].statement.name == name and not lost:
                lost.append(found)
                raise postgres.Refused(b"57P01", "terminating connection")
            return found

        monkeypatch.setattr(postgres.Line, "ask", asking)
        return lost

    return lose


@pytest.fixture
def machine(acme):
    from tests.cast import make_machine

    return make_machine(acme.tenant, "assets:view", "work_orders:view")


@pytest.fixture(params=["opaque", "jwt"])
def any_machine(request, acme):
    """A consumer with opaque tokens, then one with signed ones."""
    from tests.cast import make_machine

    return make_machine(acme.tenant, "assets:view", "work_orders:view", token_format=request.param)


@pytest.fixture
def resource_server(acme):
    """A consumer whose groups let it introspect the company's tokens."""
    from tests.cast import make_machine

    return make_machine(acme.tenant, "authorizations:view", name="Resource server")
