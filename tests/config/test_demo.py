"""The demo world: believable, made once, its credentials in a file for one's own eyes; a sign-in that works once."""

import io
import stat

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.test import Client, override_settings

from config import demo
from config.database import conninfo
from tests.demo_world import seed, seeded

COUNTED = (
    "tenants_tenant",
    "tenants_membership",
    "tenants_auditevent",
    "accounts_user",
    "permissions_permissiongroup",
    "consumers_consumer",
    "consumers_consumersecret",
    "consumers_consumeruserobjectpermission",
    "authorizations_authorization",
    "permissions_membergroup",
)


def counts():
    with psycopg.connect(conninfo("owner")) as connection:
        return {
            table: connection.execute(f"SELECT count(*), max(xmin::text::bigint) FROM {table}").fetchone()
            for table in COUNTED
        }


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    path = tmp_path_factory.mktemp("demo") / "demo.json"
    with seeded(path) as content:
        yield path, content


def test_the_file_has_its_shape_and_is_for_its_owner_alone(world):
    path, content = world
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert set(content) == {"base_url", "companies"}
    assert [company["slug"] for company in content["companies"]] == ["northwind", "solaria"]
    for company in content["companies"]:
        assert set(company) == {"slug", "issuer", "people", "consumers"}
        assert {person["role"] for person in company["people"]} == {"super_admin", "developer", "auditor", "member"}
        assert all(set(person) == {"email", "password", "role"} for person in company["people"])
        for consumer in company["consumers"]:
            assert set(consumer) == {
                "name",
                "grant_type",
                "client_id",
                "client_secret",
                "scopes",
                "token_format",
                "redirect_uris",
                "client_type",
                "is_first_party",
                "allows_device_flow",
            }
            assert (consumer["client_secret"] is None) == (consumer["client_type"] == "public")
        assert {consumer["token_format"] for consumer in company["consumers"]} == {"opaque", "jwt"}
        assert any("consumers:edit" in consumer["scopes"] for consumer in company["consumers"])


def test_each_company_has_every_kind_of_app_and_one_app_is_in_both(world):
    _, content = world
    keys = []
    for company in content["companies"]:
        apps = [one for one in company["consumers"] if one["grant_type"] == "authorization_code"]
        assert all(demo.HERE in app["redirect_uris"] for app in apps)
        assert {(app["client_type"], app["is_first_party"]) for app in apps} == {
            ("confidential", False),
            ("confidential", True),
            ("public", False),
        }
        assert any(app["allows_device_flow"] for app in apps)
        keys.append({app["client_id"] for app in apps})
    assert len(keys[0] & keys[1]) == 1


def test_seeding_twice_changes_nothing(world):
    from tenants import background

    path, content = world
    # What other tests' requests left to be written late is not the seed's doing.
    background.flush()
    before, written = counts(), path.stat().st_mtime_ns
    assert seed(path) == content
    assert counts() == before
    assert path.stat().st_mtime_ns == written


def test_everybody_signs_in_and_every_consumer_gets_a_token(world):
    from urllib.parse import urlencode

    _, content = world
    for company in content["companies"]:
        for person in company["people"]:
            browser = Client(REMOTE_ADDR="192.0.2.9")
            answer = browser.post("/accounts/login/", {"login": person["email"], "password": person["password"]})
            assert answer.status_code == 302, person["email"]
        for consumer in company["consumers"]:
            if consumer["grant_type"] != "client_credentials":
                continue
            form = {
                "grant_type": consumer["grant_type"],
                "client_id": consumer["client_id"],
                "client_secret": consumer["client_secret"],
            }
            answer = Client().post(
                f"/t/{company['slug']}/oauth/token", urlencode(form), content_type="application/x-www-form-urlencoded"
            )
            assert answer.status_code == 200, (consumer["name"], answer.content)


def test_when_the_file_is_lost_new_credentials_are_made(world, tmp_path):
    lost, again = seed(tmp_path / "demo.json"), seed(tmp_path / "demo.json")
    assert lost == again
    old = {consumer["client_secret"] for company in world[1]["companies"] for consumer in company["consumers"]}
    new = {consumer["client_secret"] for company in lost["companies"] for consumer in company["consumers"]}
    assert old & new == {None}
    world[0].write_text((tmp_path / "demo.json").read_text())
    world[1].update(lost)


def test_it_stays_out_of_production():
    with override_settings(ENVIRONMENT="production"), pytest.raises(CommandError, match="production"):
        call_command("seed_demo", stdout=io.StringIO())


def test_a_one_time_sign_in_works_once_and_not_in_production(world):
    url = demo.one_time_sign_in("maya@northwind.example")
    path = "/demo/" + url.partition("/demo/")[2]
    with override_settings(ENVIRONMENT="production"):
        assert Client().get(path).status_code == 404
    browser = Client()
    assert browser.get(path).status_code == 302
    assert browser.get("/t/northwind/settings/general/").status_code == 200
    assert Client().get(path).status_code == 404
    assert Client().get("/demo/sign-in/made-up/").status_code == 404
