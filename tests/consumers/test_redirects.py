"""Where answers may go: what may be registered, what counts as the same address, and which part is said to differ."""

from contextlib import suppress

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from consumers import redirects
from consumers.models import Consumer

WEB = "https://client.example.com/callback"
HERE = "http://127.0.0.1:8000/callback"


def refused(uri, *, public=True):
    """The code of what is wrong; None for a good one."""
    try:
        redirects.validate(uri, public=public)
    except ValidationError as error:
        return error.code if error.messages[0].strip() else "without words"
    return None


@pytest.mark.parametrize(
    "uri",
    [
        WEB,
        "https://client.example.com",
        "https://client.example.com:8443/a/b?tenant=1&x=%20",
        "https://xn--bcher-kva.example/callback",
        "https://192.0.2.7/callback",
        "https://[2001:db8::7]:8443/callback",
        "https://localhost/callback",
        HERE,
        "http://127.0.0.1/",
        "http://[::1]:9000/callback",
    ],
)
@pytest.mark.parametrize("public", [True, False])
def test_addresses_that_any_app_may_have(uri, public):
    assert refused(uri, public=public) is None


@pytest.mark.rfc("8252", "7.1", "RU-18")
def test_a_scheme_of_its_own_has_a_period_and_belongs_to_a_public_app():
    assert refused("com.example.app:/callback") is None
    assert refused("com.example.app://host/callback") is None
    assert refused("myapp:/callback") == "scheme"
    assert refused("com.example.app:/callback", public=False) == "scheme"
    assert refused("com.example.app:callback") == "path"


@pytest.mark.rfc("9700", "4.1", "RU-15")
@pytest.mark.parametrize(
    "uri",
    [
        "javascript:alert(1)",
        "JavaScript:/x",
        "data:text/html,hello",
        "vbscript:/x",
        "file:///etc/passwd",
        "blob:https://client.example.com/1",
        "about:blank",
        "ftp://client.example.com/",
        "intent://client#Intent",
    ],
)
def test_schemes_that_run_or_read_something_are_refused(uri):
    assert refused(uri) in {"scheme", "fragment"}
    assert not redirects.matches(WEB, uri, public=True)


@pytest.mark.rfc("9700", "2.6", "RU-16")
def test_http_is_for_this_computer_alone():
    assert refused("http://app.example.com/cb") == "http"
    assert refused("http://127.0.0.1.example.com/cb") == "http"
    assert refused("http://192.168.0.1/cb") == "http"


@pytest.mark.rfc("8252", "8.3", "RU-12")
@pytest.mark.parametrize("host", ["localhost", "127.1", "0x7f000001", "2130706433", "127.0.0.1.", "[::ffff:127.0.0.1]"])
def test_this_computer_has_two_names_only(host):
    assert refused(f"http://{host}:8000/callback") in {"localhost", "http"}
    assert not redirects.matches(HERE, f"http://{host}:8000/callback", public=True)


@pytest.mark.rfc("6749", "3.1.2", "RU-17")
@pytest.mark.rfc("6749", "3.1.2", "RU-20")
@pytest.mark.rfc("6749", "3.1.2", "RU-26")
@pytest.mark.parametrize(
    ("uri", "code"),
    [
        (WEB + "#frag", "fragment"),
        (WEB + "#", "fragment"),
        ("/callback", "relative"),
        ("//client.example.com/callback", "relative"),
        ("callback", "relative"),
        ("", "characters"),
        ("https://*.example.com/callback", "wildcard"),
        ("https://client.example.com/*", "wildcard"),
        ("https://user@client.example.com/callback", "userinfo"),
        ("https://user:secret@client.example.com/callback", "userinfo"),
        ("https://client.example.com@evil.test/cb", "userinfo"),
        ("https://client.example.com /callback", "characters"),
        (" " + WEB, "characters"),
        (WEB + "\n", "characters"),
        (WEB + "\r\nX: 1", "characters"),
        (WEB + "\x00", "characters"),
        (WEB + "\t", "characters"),
        ("java\tscript:alert(1)", "characters"),
        ("https://client.example.com\\@evil.test/cb", "backslash"),
        ("https://bücher.example/callback", "ascii"),
        ("https://сlient.example.com/callback", "ascii"),
        ("https://client.example.com/cällback", "ascii"),
        ("https://client.example.com/<b>", "characters"),
        ("https://client.example.com/%zz", "characters"),
        ("https://", "host"),
        ("https:///callback", "host"),
        ("https:client.example.com", "host"),
        ("https://client.example.com:/callback", "host"),
        ("https://client.example.com:0/callback", "host"),
        ("https://client.example.com:99999/callback", "host"),
        ("https://client.example.com:x/callback", "host"),
        ("https://[::1/callback", "host"),
        ("https://[v1.x]/callback", "host"),
        ("https://127.1/callback", "host"),
        ("https://0x7f000001/callback", "host"),
        ("https://client..example.com/callback", "host"),
        ("https://client%2eexample.com/callback", "host"),
        ("https://client.example.com/a/../callback", "path"),
        ("https://client.example.com/a/%2e%2E/callback", "path"),
        ("https://client.example.com/.", "path"),
        (WEB + "/" + "a" * 500, "long"),
    ],
)
def test_what_is_wrong_is_named(uri, code):
    assert refused(uri) == code
    assert not redirects.matches(WEB, uri, public=True)


@pytest.mark.rfc("9700", "4.1.3", "RU-23")
@pytest.mark.parametrize(
    "query", ["code=attacker", "a=1&state=x", "iss=", "error=e", "%63ode=1", "CODE=1", "id_token=x"]
)
def test_a_uri_that_brings_a_part_of_the_answer_is_refused(query):
    assert refused(f"{WEB}?{query}") == "parameter"
    assert refused(f"com.example.app:/callback?{query}") == "parameter"


@pytest.mark.rfc("8252", "7.3", "RU-09")
@pytest.mark.rfc("8252", "7.3", "RU-10")
def test_a_public_apps_port_on_this_computer_is_its_own_choice():
    assert redirects.matches(HERE, "http://127.0.0.1:51234/callback", public=True)
    assert redirects.matches(HERE, "http://127.0.0.1/callback", public=True)
    assert redirects.matches("http://[::1]/callback", "http://[::1]:51234/callback", public=True)
    assert not redirects.matches("http://[::1]/callback", "http://127.0.0.1/callback", public=True)
    assert not redirects.matches(HERE, "http://127.0.0.1:51234/other", public=True)
    assert not redirects.matches(HERE, "http://127.0.0.1:51234/callback?x=1", public=True)
    assert not redirects.matches(HERE, "https://127.0.0.1:51234/callback", public=True)
    for port in ("0", "00080", "65536", "99999", "", "x", "80@evil.test", "80.evil.test"):
        assert not redirects.matches(HERE, f"http://127.0.0.1:{port}/callback", public=True), port


@pytest.mark.rfc("9700", "2.1", "RU-11")
def test_a_confidential_apps_port_is_the_registered_one():
    assert redirects.matches(HERE, HERE, public=False)
    assert not redirects.matches(HERE, "http://127.0.0.1:51234/callback", public=False)
    assert not redirects.matches("https://127.0.0.1/cb", "https://127.0.0.1:9/cb", public=True)


@given(st.text(max_size=80) | st.from_regex(r"https?://[a-z@:\[\]./\\?#%*0-9]{0,40}", fullmatch=True))
def test_whatever_is_written_gets_an_answer(uri):
    registered = [WEB, HERE, "com.example.app:/callback"]
    refused(uri)
    assert isinstance(redirects.difference(registered, uri), str)
    if uri not in registered and not redirects.is_loopback(uri):
        assert not any(redirects.matches(one, uri, public=True) for one in registered)
    for check in (redirects.validate_web, redirects.validate_origin, redirects.validate_resource):
        with suppress(ValidationError):
            check(uri)


def test_the_registered_one_is_found():
    app = Consumer(redirect_uris=f"{WEB}\n{HERE}", client_type="public")
    assert redirects.find(app, WEB) == WEB
    assert redirects.find(app, "http://127.0.0.1:51234/callback") == HERE
    assert redirects.find(app, WEB + "/") is None
    assert redirects.find(Consumer(client_type="public"), WEB) is None


def test_a_person_is_shown_the_host():
    assert redirects.host_of(WEB) == "client.example.com"
    assert redirects.host_of("https://Client.Example.com:443/") == "client.example.com"
    assert redirects.host_of("https://client.example.com:8443/") == "client.example.com:8443"
    assert redirects.host_of(HERE) == "127.0.0.1"
    assert redirects.host_of("http://[::1]:9/cb") == "[::1]"
    assert redirects.host_of("http://[::1]/cb") == "[::1]"
    assert redirects.host_of("com.example.app:/cb") == "com.example.app"
    assert redirects.is_loopback(HERE)
    assert not redirects.is_loopback(WEB)
    assert not redirects.is_loopback("http://127.0.0.1.evil.test/")


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        (WEB, "same"),
        ("http://client.example.com/callback", "scheme"),
        ("https://evil.test/callback", "host"),
        ("https://client.example.com:444/callback", "port"),
        ("https://client.example.com:443/callback", "port"),
        ("https://client.example.com/callback/", "trailing_slash"),
        ("https://client.example.com/Callback", "case"),
        ("https://Client.example.com/callback", "case"),
        ("https://client.example.com/%63allback", "encoding"),
        ("https://client.example.com/other", "path"),
        ("https://client.example.com/callback?x=1", "query"),
        ("https://client.example.com/callback?", "query"),
        ("https://client.example.com/callback#x", "fragment"),
        ("https://u@client.example.com/callback", "userinfo"),
        ("https://client.example.com:x/callback", "unreadable"),
        ("http://127.0.0.1:8001/callback", "port"),
    ],
)
def test_the_part_that_differs_is_of_the_nearest_address(asked, part):
    assert redirects.difference([WEB, HERE], asked) == part


def test_without_an_address_none_is_registered():
    assert redirects.difference([], WEB) == "unregistered"


@pytest.mark.parametrize(
    ("origin", "code"),
    [
        ("https://app.example.com", None),
        ("https://app.example.com:8443", None),
        ("http://127.0.0.1:5173", None),
        ("http://localhost:5173", None),
        ("http://app.example.com", "http"),
        ("https://app.example.com/", "origin"),
        ("https://app.example.com/path", "origin"),
        ("https://app.example.com?x", "origin"),
        ("https://App.example.com", "origin"),
        ("https://app.example.com:443", "origin"),
        ("http://127.0.0.1:80", "origin"),
        ("null", "relative"),
        ("*", "wildcard"),
        ("com.example.app:/", "scheme"),
    ],
)
def test_an_origin_is_written_as_browsers_send_it(origin, code):
    if code is None:
        redirects.validate_origin(origin)
        return
    with pytest.raises(ValidationError) as refusal:
        redirects.validate_origin(origin)
    assert refusal.value.code == code


@pytest.mark.rfc("8707", "2", "RI-01")
def test_an_apis_identifier_is_absolute_and_without_fragment():
    for good in ("https://api.example.com/stock", "http://127.0.0.1:9400/", "urn:example:stock"):
        redirects.validate_resource(good)
    for bad in ("stock", "/stock", "https://api.example.com/#x", "urn:", "urn:x", "javascript:alert(1)", "https://"):
        with pytest.raises(ValidationError):
            redirects.validate_resource(bad)
