"""RI rows, the rule itself: what a resource may be, and how the audience of a token is narrowed."""

import pytest

from oauth.errors import InvalidTarget
from oauth.request import WireRequest
from oauth.rules import resources
from permissions.models import Module

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
    assert set(Module.objects.filter(is_own=True).values_list("slug", flat=True)) == resources.ADMINISTRATION
