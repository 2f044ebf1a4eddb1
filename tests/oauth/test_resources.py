"""RI rows, the rule itself: what a resource may be, and how the audience of a token is narrowed."""

import json
from urllib.parse import urlencode

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from oauth import keys
from oauth.errors import InvalidTarget
from oauth.request import WireRequest
from oauth.rules import resources
from permissions.models import Module
from permissions.roles import ADMINISTRATION
from tests.cast import VERIFIER, make_app, make_code, make_machine, make_yes
from tests.wire import basic

ISSUER = "https://gate.example/t/acme"
OWN = f"{ISSUER}/api"
KNOWN = ["https://api.example", "https://api.example/v2", "urn:acme:meters"]


def asking(*wanted):
    return WireRequest("POST", "token", "acme", None, ISSUER, resources=list(wanted))


def validate(*wanted):
    return resources.validate(wanted, own=OWN, known=KNOWN)


@pytest.mark.rfc("8707", "2", "RI-01")
@pytest.mark.parametrize(
    "wanted",
    ["/api", "api.example", "//api.example/", "https://api.example/#part", "https://api.example/#", "https:", "a b:c",
     "https://api.example/\n", "https://api.exämple/", f"https://api.example/{'a' * 200}", "1https://a"],
)  # fmt: skip
def test_a_resource_is_an_absolute_uri_without_fragment(wanted):
    with pytest.raises(InvalidTarget, match="absolute URI"):
        validate(wanted)


@pytest.mark.rfc("8707", "2.1", "RI-02")
@pytest.mark.parametrize("wanted", ["https://other.example", "https://api.example/v3", "https://API.example", ISSUER])
def test_an_unknown_resource_is_refused(wanted):
    with pytest.raises(InvalidTarget, match="no API"):
        validate("https://api.example", wanted)


def test_too_many_resources_are_refused():
    with pytest.raises(InvalidTarget, match="too many"):
        validate(*(f"https://api.example/{number}" for number in range(11)))


@pytest.mark.rfc("8707", "2", "RI-04")
def test_several_resources_are_kept_once_each_in_their_order():
    assert validate("urn:acme:meters", "https://api.example", "urn:acme:meters", OWN) == [
        "urn:acme:meters",
        "https://api.example",
        OWN,
    ]


@pytest.mark.rfc("9068", "3", "RI-08")
def test_the_companys_own_api_is_the_default_and_is_kept_as_nothing():
    assert validate() == validate(OWN) == []
    assert resources.audience(ISSUER, []) == OWN


def test_the_slash_of_a_bare_host_makes_no_difference():
    assert validate("https://api.example/") == ["https://api.example"]
    assert resources.validate(["https://a.example"], own=OWN, known=["https://a.example/"]) == ["https://a.example/"]
    with pytest.raises(InvalidTarget):
        validate("https://api.example/v2/")


@pytest.mark.rfc("8707", "2", "RI-04")
def test_one_api_in_two_spellings_is_one(wire, acme, any_machine, meters):
    both = ["https://meters.example", "https://meters.example/"]
    fields = urlencode({"grant_type": "client_credentials", "resource": both}, doseq=True)
    answer = wire.post("token", fields.encode(), machine=any_machine)
    assert wire.introspect(meters, answer.json()["access_token"]).json()["aud"] == "https://meters.example"
    app = make_app(acme.tenant)
    code = make_code(make_yes(app, acme.ana, resources=["https://meters.example"]))
    given = {"grant_type": "authorization_code", "code": code, "code_verifier": VERIFIER, "resource": both}
    answer = wire.post("token", urlencode(given, doseq=True).encode(), headers=basic(*app.auth))
    assert answer.status == 200, answer.body
    assert wire.introspect(meters, answer.json()["access_token"]).json()["aud"] == "https://meters.example"


@pytest.mark.parametrize("second", ["https://meters.example/", "https://meters.example"])
def test_no_two_apis_differ_by_a_slash_alone(acme, meters, second):
    """Whoever asked for either would get neither."""
    with pytest.raises(ValidationError, match="has this identifier"):
        make_machine(acme.tenant, resource=second)


@pytest.mark.rfc("8707", "2.2", "RI-06")
def test_a_token_may_be_for_less_than_what_was_agreed_to():
    assert resources.narrow(asking("urn:acme:meters"), KNOWN) == ["urn:acme:meters"]
    assert resources.narrow(asking(), KNOWN) == KNOWN
    assert resources.narrow(asking(OWN), [OWN, *KNOWN]) == []
    assert resources.narrow(asking(OWN), []) == []


@pytest.mark.rfc("8707", "2.2", "RI-05")
@pytest.mark.parametrize("allowed", [[], ["https://api.example"]])
def test_a_token_is_never_for_more_than_what_was_agreed_to(allowed):
    with pytest.raises(InvalidTarget, match="does not cover"):
        resources.narrow(asking("urn:acme:meters"), allowed)
    with pytest.raises(InvalidTarget, match="absolute"):
        resources.narrow(asking("meters"), allowed)


@pytest.mark.rfc("8707", "2", "RI-07")
@pytest.mark.rfc("9068", "3", "AT-08")
def test_only_the_companys_own_api_gets_what_only_it_can_act_on():
    everything = frozenset({"openid", "email", "offline_access", "consumers:add", "members:view", "assets:view"})
    assert resources.meaningful(everything, []) == everything
    assert resources.meaningful(everything, ["https://api.example"]) == {"assets:view"}
    assert resources.meaningful(everything, [OWN, "https://api.example"]) == {"assets:view"}


@pytest.mark.django_db
def test_the_administration_is_the_catalogues_own_modules():
    assert set(Module.objects.filter(is_own=True).values_list("slug", flat=True)) == ADMINISTRATION


@pytest.fixture
def meters(acme):
    """A consumer that is an API."""
    return make_machine(acme.tenant, "assets:view", resource="https://meters.example", name="Meters")


@pytest.mark.rfc("8707", "2", "RI-03")
@pytest.mark.rfc("MCP", "SEP-1046", "MCP-11")
def test_a_machines_token_is_for_the_api_it_asked_for(wire, acme, any_machine, meters):
    token = wire.issue(any_machine, resource="https://meters.example/")
    assert wire.introspect(meters, token).json()["aud"] == "https://meters.example"
    if "." in token:
        assert json.loads(keys.from_base64url(token.split(".")[1]))["aud"] == "https://meters.example"


@pytest.mark.rfc("9068", "4", "AT-05")
@pytest.mark.rfc("8707", "2", "IN-17")
def test_a_token_for_one_api_is_nothing_to_another(wire, acme, any_machine, meters, resource_server):
    other = make_machine(acme.tenant, "authorizations:view", resource="https://pumps.example")
    everything = make_machine(
        acme.tenant, "assets:view", "consumers:view", token_format=any_machine.consumer.token_format
    )
    token = wire.issue(everything, resource="https://meters.example")
    assert not wire.is_active(other, token)
    assert not wire.is_active(resource_server, token)
    assert wire.is_active(meters, token)
    own_api = Client().get(f"{acme.path}/api/v1/consumers", headers={"Authorization": f"Bearer {token}"})
    assert own_api.status_code == 401
    assert not wire.is_active(meters, wire.issue(everything))


@pytest.mark.rfc("8707", "2", "RI-04")
def test_a_machine_may_ask_for_several(wire, acme, any_machine, meters):
    own = f"{acme.tenant.issuer}/api"
    fields = urlencode({"grant_type": "client_credentials", "resource": [own, "https://meters.example"]}, doseq=True)
    answer = wire.post("token", fields.encode(), machine=any_machine)
    assert answer.status == 200, answer.body
    assert wire.introspect(meters, answer.json()["access_token"]).json()["aud"] == ["https://meters.example", own]


@pytest.mark.rfc("8707", "2", "RI-01")
@pytest.mark.rfc("8707", "2", "RI-02")
@pytest.mark.parametrize("resource", ["api", "https://meters.example/#a", "https://unknown.example", "https://a b"])
def test_a_machine_gets_no_token_for_any_other_resource(wire, any_machine, meters, resource):
    answer = wire.token(any_machine, resource=resource)
    assert (answer.status, answer.json()["error"]) == (400, "invalid_target")


@pytest.mark.rfc("9068", "3", "RI-08")
def test_the_companys_own_api_by_name_is_the_same_as_none(wire, acme, any_machine):
    own = f"{acme.tenant.issuer}/api"
    for token in (wire.issue(any_machine), wire.issue(any_machine, resource=own)):
        assert wire.introspect(any_machine, token).json()["aud"] == own


@pytest.mark.rfc("8707", "2", "RI-07")
def test_what_has_no_meaning_there_is_left_out_and_nothing_at_all_is_refused(wire, acme, meters):
    admin = make_machine(acme.tenant, "assets:view", "consumers:add")
    assert wire.token(admin, resource="https://meters.example").json()["scope"] == "assets:view"
    answer = wire.token(admin, resource="https://meters.example", scope="consumers:add")
    assert (answer.status, answer.json()["error"]) == (400, "invalid_scope")
