"""config.middleware: whom a request comes from, and what its proxy may say about it."""

import pytest
from django.test import Client

from config import middleware
from config.middleware import client_address


@pytest.fixture
def proxy(settings):
    settings.GATEHOUSE_TRUSTED_PROXIES = ["10.1.0.0/16", "::1"]
    middleware._trusted.cache_clear()
    yield "10.1.2.3"
    middleware._trusted.cache_clear()


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("192.0.2.1", "", "192.0.2.1"),
        ("192.0.2.1", "198.51.100.7", "192.0.2.1"),
        ("10.1.2.3", "198.51.100.7", "198.51.100.7"),
        ("10.1.2.3", "203.0.113.9, 198.51.100.7", "198.51.100.7"),
        ("10.1.2.3", "203.0.113.9, 10.1.9.9", "203.0.113.9"),
        ("10.1.2.3", "' OR 1=1 --", "10.1.2.3"),
        ("10.1.2.3", "198.51.100.7, \x00", "10.1.2.3"),
        ("::ffff:10.1.2.3", "198.51.100.7", "198.51.100.7"),
        ("::ffff:192.0.2.1", "", "192.0.2.1"),
        ("fe80::7%eth0", "", "fe80::7"),
        ("10.1.2.3", "fe80::7%x'; DROP", "fe80::7"),
        ("", "198.51.100.7", None),
    ],
)
def test_an_address_is_believed_from_the_right_and_only_through_our_proxies(proxy, peer, forwarded, address):
    assert client_address(peer, forwarded) == address


@pytest.mark.rfc("2.1", "1.5", "HT-25")
def test_only_a_proxy_of_ours_says_that_the_line_is_secure(proxy, settings):
    settings.SECURE_HSTS_SECONDS = 60
    said = {"headers": {"X-Forwarded-Proto": "https"}}
    with_hsts = {
        peer: "Strict-Transport-Security" in Client(REMOTE_ADDR=peer).get("/healthz", **said).headers
        for peer in (proxy, "192.0.2.1")
    }
    assert with_hsts == {proxy: True, "192.0.2.1": False}
    assert "Strict-Transport-Security" not in Client(REMOTE_ADDR=proxy).get("/healthz").headers


def test_no_page_may_be_stored_unless_it_says_so_itself(acme, client):
    client.force_login(acme.ana)
    paths = ("", "settings/general/", "settings/user-accounts/members/", "settings/transactions-log/?format=csv")
    for path in paths:
        assert "no-store" in client.get(f"{acme.path}/{path}")["Cache-Control"], path
    assert "no-store" in client.get("/accounts/login/")["Cache-Control"]
    assert "no-store" in client.get("/nothing/here")["Cache-Control"]
    assert "max-age=300" in client.get(f"{acme.path}/oauth/jwks")["Cache-Control"]
