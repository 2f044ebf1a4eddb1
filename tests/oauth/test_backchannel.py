"""LO rows: apps hear from us that a session is over (OpenID Connect Back-Channel Logout), and we call nobody we should
not (oauth.outbound)."""

import logging
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from urllib.parse import parse_qs

import pytest
from django.test import Client
from django.utils import timezone
from joserfc import jwt
from joserfc.jwk import KeySet

from accounts.signing_in import SID
from config.demo import BACKEND
from consumers import registration
from oauth import backchannel, keys, outbound
from oauth.models import LogoutDelivery
from tenants.context import tenant_scope
from tenants.models import Domain
from tests.cast import make_app, make_yes, sealed_by_a_lost_key
from tests.servers import work_once

SESSION = "a-session-of-bens"


class Hearer(ThreadingHTTPServer):
    """An app that hears of logouts, and how it answers."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Ear)
        self.heard, self.status, self.seconds, self.headers_sent, self.body = [], 200, 0.0, {}, b""
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}/logout?from=gatehouse"


class Ear(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.append((self.path, dict(self.headers), parse_qs(body.decode())))
        time.sleep(self.server.seconds)
        self.send_response(self.server.status)
        for name, value in self.server.headers_sent.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(self.server.body)

    def do_GET(self):
        self.server.heard.append((self.path, {}, {}))

    def log_message(self, *args):
        pass


@pytest.fixture
def hearer(settings):
    settings.GATEHOUSE_OUTBOUND_LOOPBACK = True
    server = Hearer()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def app(acme, hearer):
    return make_app(acme.tenant, "assets:view", backchannel_logout_url=hearer.url)


def sign_out(acme, user, host="testserver"):
    browser = Client(headers={"host": host})
    browser.force_login(user, backend=BACKEND)
    session = browser.session
    session[SID] = SESSION
    session.save()
    browser.post("/accounts/logout/")


def waiting(acme):
    with tenant_scope(acme.tenant):
        return list(LogoutDelivery.objects.order_by("pk"))


def deliver(acme):
    return backchannel.deliver([(acme.tenant.pk, delivery.pk) for delivery in waiting(acme)])


@pytest.mark.rfc("OIDC Back-Channel Logout", "2.4", "LO-11")
@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_an_app_is_told_in_a_signed_token(acme, hearer, wire, algorithm):
    app = make_app(
        acme.tenant, "assets:view", backchannel_logout_url=hearer.url, id_token_algorithm=algorithm,
        pairwise_subject=algorithm == "ES256",
    )  # fmt: skip
    family = make_yes(app, acme.ben, "openid", sid=SESSION)
    sign_out(acme, acme.ben)
    before = int(time.time())
    assert deliver(acme) == 1
    assert waiting(acme) == []
    ((path, headers, form),) = hearer.heard
    assert path == "/logout?from=gatehouse"
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"
    key_set = KeySet.import_key_set(wire.send("GET", wire.url("jwks")).json())
    token = jwt.decode(form["logout_token"][0], key_set, algorithms=[algorithm])
    assert (token.header["typ"], token.header["alg"]) == ("logout+jwt", algorithm)
    claims = dict(token.claims)
    assert before <= claims["iat"] <= int(time.time())
    assert claims.pop("exp") == claims.pop("iat") + 120
    assert len(claims.pop("jti")) > 20
    subject = claims.pop("sub")
    assert subject.startswith("p_") if algorithm == "ES256" else subject == f"u_{family.user.subject.hex}"
    assert claims == {
        "iss": acme.tenant.issuer,
        "aud": app.key,
        "sid": SESSION,
        "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
    }


def test_at_a_host_name_of_the_companys_own_the_issuer_is_that(acme, app, hearer, settings):
    host = f"{acme.slug}.example.test"
    settings.ALLOWED_HOSTS = ["*"]
    with tenant_scope(acme.tenant):
        Domain.objects.create(host=host)
    make_yes(app, acme.ben, "openid", sid=SESSION)
    sign_out(acme, acme.ben, host)
    (delivery,) = waiting(acme)
    assert delivery.issuer == f"http://{host}"


def test_nobody_is_told_who_does_not_want_to_or_was_not_there(acme, hearer):
    make_yes(make_app(acme.tenant, "assets:view"), acme.ben, "openid", sid=SESSION)
    absent = make_app(acme.tenant, "assets:view", backchannel_logout_url=hearer.url)
    make_yes(absent, acme.ben, "openid", sid="another-device")
    make_yes(absent, acme.ana, "openid", sid="anas")
    sign_out(acme, acme.ben)
    assert waiting(acme) == []


def test_a_deleted_app_is_not_told(acme, app, hearer):
    make_yes(app, acme.ben, "openid", sid=SESSION)
    sign_out(acme, acme.ben)
    with tenant_scope(acme.tenant):
        registration.delete_consumer(app.consumer)
    assert deliver(acme) == 0
    assert (waiting(acme), hearer.heard) == ([], [])


@pytest.mark.rfc("OIDC Back-Channel Logout", "2.5", "LO-12")
@pytest.mark.parametrize("status", [400, 500, 302, 404])
def test_who_does_not_take_it_is_tried_again_a_few_times(acme, app, hearer, caplog, status):
    hearer.status, hearer.headers_sent = status, {"Location": hearer.url}
    make_yes(app, acme.ben, "openid", sid=SESSION)
    sign_out(acme, acme.ben)
    due = []
    with caplog.at_level(logging.WARNING, "gatehouse.worker"):
        for tries in range(1, 6):
            assert deliver(acme) == 0
            assert len(hearer.heard) == tries
            due += [delivery.due_at for delivery in waiting(acme)]
    assert due == sorted(due)
    assert len(due) == 4
    assert waiting(acme) == []
    assert app.key in caplog.text
    assert f"status {status}" in caplog.text
    assert "logout_token" not in caplog.text


@pytest.mark.rfc("OIDC Back-Channel Logout", "2.5", "LO-12")
def test_a_slow_app_keeps_nobody_waiting(acme, app, hearer, monkeypatch):
    """It gets its seconds beside the others, not before them, and none beyond."""
    monkeypatch.setattr(outbound, "SECONDS", 1.0)
    quick = Hearer()
    other = make_app(acme.tenant, "assets:view", backchannel_logout_url=quick.url)
    for one in (app, other):
        make_yes(one, acme.ben, "openid", sid=SESSION)
    hearer.seconds = 5
    sign_out(acme, acme.ben)
    begun = time.monotonic()
    assert deliver(acme) == 1
    assert time.monotonic() - begun < 4.5
    assert len(quick.heard) == 1
    assert [delivery.consumer_id for delivery in waiting(acme)] == [app.consumer.pk]


def test_a_message_that_can_not_be_written_stops_no_other(acme, beta, app, hearer, caplog):
    """Its company's key can't be opened: it is put off like one that nobody took, and given up after as many tries."""
    theirs = make_app(beta.tenant, "assets:view", backchannel_logout_url=hearer.url)
    for one, person in ((theirs, beta.eve), (app, acme.ben)):
        make_yes(one, person, "openid", sid=SESSION)
    sign_out(beta, beta.eve)
    sign_out(acme, acme.ben)
    with tenant_scope(beta.tenant):
        keys.ensure_all(beta.tenant)
    due = [(company.tenant.pk, delivery.pk) for company in (beta, acme) for delivery in waiting(company)]
    with sealed_by_a_lost_key(beta.tenant), caplog.at_level(logging.WARNING, "gatehouse.worker"):
        assert backchannel.deliver(due) == 1
        assert len(hearer.heard) == 1
        assert waiting(acme) == []
        (put_off,) = waiting(beta)
        assert put_off.attempts == 1
        assert put_off.due_at > timezone.now()
        for _ in range(4):
            assert deliver(beta) == 0
    assert waiting(beta) == []
    assert "can't be written" in caplog.text
    assert len(hearer.heard) == 1


def test_the_worker_empties_the_outbox(acme, app, hearer, owner_connection):
    """As the tables' owner, of all companies at once; what is put off waits."""
    make_yes(app, acme.ben, "openid", sid=SESSION)
    sign_out(acme, acme.ben)
    (delivery,) = waiting(acme)

    later = "UPDATE oauth_logoutdelivery SET due_at = now() + interval '1 hour' WHERE id = %s"
    owner_connection.execute(later, [delivery.pk])
    work_once({"GATEHOUSE_OUTBOUND_LOOPBACK": "true"})
    assert hearer.heard == []
    owner_connection.execute("UPDATE oauth_logoutdelivery SET due_at = now() WHERE id = %s", [delivery.pk])
    work_once({"GATEHOUSE_OUTBOUND_LOOPBACK": "true"})
    assert len(hearer.heard) == 1
    assert waiting(acme) == []


# Whom we call


@pytest.mark.rfc("OIDC Back-Channel Logout", "2.5", "LO-12")
@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.9.9.9", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fc00::1",
        "fd12::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "2002:7f00:1::", "64:ff9b::7f00:1",
        "64:ff9b:1::a00:1", "2001:0:7f00:1::", "2001:db8::1",
    ],
)  # fmt: skip
def test_addresses_within_are_not_called(monkeypatch, address):
    assert not outbound.is_public(ip_address(address))
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    answers = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8", 443)),
        (family, socket.SOCK_STREAM, 6, "", (address, 443)),
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: answers)
    # One bad address among good ones is enough.
    with pytest.raises(outbound.Refused):
        outbound.checked("https://app.example/logout")


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700:4700::1111"])
def test_public_addresses_are(monkeypatch, address):
    answers = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: answers)
    target = outbound.checked("https://app.example/logout?a=b")
    assert (str(target.address), target.host, target.port, target.path) == (address, "app.example", 443, "/logout?a=b")


@pytest.mark.parametrize(
    "url",
    [
        "http://app.example/", "file:///etc/passwd", "ftp://app.example/", "gopher://app.example/", "https://",
        "https:///logout", "https://user:word@app.example/", "https://app.example:port/", "//app.example", "",
        "https://[::1/", "https://127.0.0.1/", "https://localhost/", "https://2130706433/", "https://0x7f.1/",
        "https://[::ffff:127.0.0.1]/",
    ],
)  # fmt: skip
def test_strange_addresses_are_not_called(url):
    with pytest.raises((outbound.Refused, outbound.Failed)):
        outbound.post(url, b"", "text/plain")


def test_this_machine_is_called_only_where_that_was_chosen(hearer, settings):
    assert outbound.post(hearer.url, b"a=b", "text/plain").status == 200
    settings.GATEHOUSE_OUTBOUND_LOOPBACK = False
    with pytest.raises(outbound.Refused):
        outbound.post(hearer.url, b"a=b", "text/plain")
    assert len(hearer.heard) == 1


def test_redirects_are_not_followed(hearer):
    hearer.status, hearer.headers_sent = 302, {"Location": hearer.url}
    assert outbound.post(hearer.url, b"", "text/plain").status == 302
    assert len(hearer.heard) == 1


def test_an_endless_answer_is_cut_off(hearer):
    hearer.body = b"x" * (outbound.MOST_BYTES + 1)
    with pytest.raises(outbound.Failed):
        outbound.post(hearer.url, b"", "text/plain")


def test_an_answer_that_comes_drop_by_drop_is_cut_off(monkeypatch, settings):
    """Each drop is in time, the whole is not."""
    settings.GATEHOUSE_OUTBOUND_LOOPBACK = True
    monkeypatch.setattr(outbound, "SECONDS", 0.6)
    listener = socket.create_server(("127.0.0.1", 0))

    def drip():
        line, _ = listener.accept()
        with line:
            for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 200:
                try:
                    line.sendall(bytes([byte]))
                except OSError:
                    return
                time.sleep(0.1)

    dripping = threading.Thread(target=drip, daemon=True)
    dripping.start()
    begun = time.monotonic()
    with pytest.raises(outbound.Failed):
        outbound.post(f"http://127.0.0.1:{listener.getsockname()[1]}/", b"", "text/plain")
    assert time.monotonic() - begun < 3
    dripping.join(5)
    listener.close()


def test_a_certificate_must_be_the_hosts(settings):
    """Loopback may be called here, but not without proof over HTTPS."""
    settings.GATEHOUSE_OUTBOUND_LOOPBACK = True
    listener = socket.create_server(("127.0.0.1", 0))
    with pytest.raises(outbound.Failed):
        outbound.post(f"https://127.0.0.1:{listener.getsockname()[1]}/", b"", "text/plain")
    listener.close()
