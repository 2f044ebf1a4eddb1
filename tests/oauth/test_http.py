"""HT rows: HTTP and serialisation at every form endpoint."""

import json

import pytest

from tests.wire import FORM, basic

ENDPOINTS = ["token", "introspect", "revoke", "device_authorization"]
PRINTABLE = set(range(0x20, 0x22)) | set(range(0x23, 0x5C)) | set(range(0x5D, 0x7F))


def assert_error(answer, status, error):
    assert (answer.status, answer.json().get("error")) == (status, error), answer.body
    assert answer.header("Content-Type") == "application/json"
    assert answer.header("Cache-Control") == "no-store"
    assert set(answer.json()) == {"error", "error_description"}
    assert set(answer.json()["error_description"].encode()) <= PRINTABLE


@pytest.mark.rfc("6749", "5.1", "HT-01")
@pytest.mark.rfc("6749", "5.1", "HT-17")
@pytest.mark.rfc("6749", "5.1", "HT-19")
def test_a_token_comes_as_json_nobody_may_store(wire, machine):
    answer = wire.token(machine)
    assert answer.status == 200
    assert answer.header("Content-Type") == "application/json"
    assert answer.header("Cache-Control") == "no-store"
    assert answer.header("Pragma") == "no-cache"
    body = answer.json()
    token = body.pop("access_token")
    assert token.startswith("gate_at_")
    assert body == {"token_type": "Bearer", "expires_in": 3600, "scope": "assets:view work_orders:view"}


@pytest.mark.rfc("6749", "5.2", "HT-02")
def test_every_refusal_is_json_nobody_may_store(wire, machine):
    assert_error(wire.token(machine, scope="nonsense"), 400, "invalid_scope")
    assert_error(wire.post("token", {}, machine=machine), 400, "invalid_request")
    assert_error(wire.post("token", {"grant_type": "client_credentials"}), 401, "invalid_client")
    unknown = wire.send("POST", "/t/nobody-has-this/oauth/token", headers={"Content-Type": FORM, **basic("a", "b")},
        body=b"grant_type=client_credentials")  # fmt: skip
    assert_error(unknown, 404, "not_found")


@pytest.mark.rfc("6749", "3.2", "HT-03")
def test_get_never_gives_a_token(wire, machine):
    path = f"{wire.url('token')}?grant_type=client_credentials"
    answer = wire.send("GET", path, headers=basic(*machine.auth))
    assert_error(answer, 405, "invalid_request")
    assert answer.header("Allow") == "POST, OPTIONS"


@pytest.mark.rfc("9110", "15.5.6", "HT-04")
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "HEAD", "TRACE"])
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_other_methods_are_not_allowed(wire, machine, endpoint, method):
    answer = wire.send(method, wire.url(endpoint), headers={"Content-Type": FORM, **basic(*machine.auth)}, body=b"a=b")
    assert answer.status == 405
    assert answer.header("Allow") == "POST, OPTIONS"


@pytest.mark.rfc("6749", "3.2", "HT-05")
@pytest.mark.rfc("6749", "4.1.3", "HT-06")
@pytest.mark.parametrize("content_type", ["application/json", "multipart/form-data; boundary=x", "text/plain", ""])
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_only_forms_are_read(wire, machine, endpoint, content_type):
    body = json.dumps({"grant_type": "client_credentials", "token": "x"}).encode()
    headers = {"Content-Type": content_type, **basic(*machine.auth)}
    assert_error(wire.send("POST", wire.url(endpoint), headers=headers, body=body), 400, "invalid_request")


@pytest.mark.rfc("6749", "2.3.1", "HT-07")
def test_credentials_in_the_url_are_refused(wire, machine):
    path = f"{wire.url('token')}?client_id={machine.key}&client_secret={machine.secret}"
    answer = wire.send("POST", path, headers={"Content-Type": FORM}, body=b"grant_type=client_credentials")
    assert_error(answer, 400, "invalid_request")


@pytest.mark.rfc("6749", "4.4.2", "HT-08")
def test_parameters_in_the_url_are_refused(wire, machine):
    path = f"{wire.url('token')}?grant_type=client_credentials&scope=assets:view"
    answer = wire.send("POST", path, headers={"Content-Type": FORM, **basic(*machine.auth)})
    assert_error(answer, 400, "invalid_request")


@pytest.mark.rfc("6749", "B", "HT-09")
@pytest.mark.parametrize("content_type", [f"{FORM}; charset=UTF-8", FORM.upper(), f"{FORM} ;charset=utf-8"])
def test_the_content_type_may_carry_a_charset(wire, machine, content_type):
    answer = wire.post(
        "token", {"grant_type": "client_credentials"}, machine=machine, headers={"Content-Type": content_type}
    )
    assert answer.status == 200


@pytest.mark.rfc("6749", "B", "HT-10")
@pytest.mark.parametrize("scope", [b"%ff%fe", b"\xff\xfe", b"%c3%28", b"%ed%a0%80"])
def test_bad_utf_8_is_refused(wire, machine, scope):
    answer = wire.post("token", b"grant_type=client_credentials&scope=" + scope, machine=machine)
    assert_error(answer, 400, "invalid_request")


@pytest.mark.rfc("6749", "A", "HT-11")
@pytest.mark.parametrize("name", ["scope", "token", "client_id", "grant_type", "anything"])
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_nul_is_refused_wherever_it_hides(wire, machine, endpoint, name):
    fields = f"grant_type=client_credentials&token=x&{name}x=y&".replace(f"{name}=", "was=")
    answer = wire.post(endpoint, f"{fields}{name}=a%00b".encode(), machine=machine)
    assert_error(answer, 400, "invalid_request")


@pytest.mark.rfc("6749", "2.3.1", "HT-11")
def test_nul_in_basic_credentials_is_an_unknown_client(wire, machine):
    headers = basic(machine.key + "\0", machine.secret)
    assert_error(wire.post("token", {"grant_type": "client_credentials"}, headers=headers), 401, "invalid_client")


@pytest.mark.rfc("7009", "5", "HT-12")
@pytest.mark.rfc("9126", "2.3", "HT-28")
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_body_over_16_kb_is_too_large(wire, machine, endpoint):
    answer = wire.post(endpoint, {"grant_type": "client_credentials", "token": "x" * 100_000}, machine=machine)
    assert_error(answer, 413, "invalid_request")


@pytest.mark.rfc("6749", "2.3", "HT-12")
def test_an_endless_header_is_an_unknown_client(wire):
    headers = basic("k" * 5000, "s" * 5000)
    assert_error(wire.post("token", {"grant_type": "client_credentials"}, headers=headers), 401, "invalid_client")


@pytest.mark.rfc("6749", "3.2", "HT-13")
@pytest.mark.parametrize("name", ["grant_type", "scope", "client_id", "token", "token_type_hint", "foo"])
@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("pair", ["{0}=a&{0}=a", "{0}=a&{0}=b", "{0}=&{0}=a", "{0}=a&{0}="])
def test_no_parameter_may_be_repeated(wire, machine, endpoint, name, pair):
    assert_error(wire.post(endpoint, pair.format(name).encode(), machine=machine), 400, "invalid_request")


@pytest.mark.rfc("6749", "3.2", "HT-14")
def test_unknown_parameters_are_ignored(wire, machine):
    assert wire.token(machine, foo="bar", resource_hint="1").status == 200


@pytest.mark.rfc("6749", "3.2", "HT-15")
def test_a_parameter_without_a_value_counts_as_absent(wire, machine):
    answer = wire.token(machine, scope="", resource="", code_verifier="")
    assert (answer.status, answer.json()["scope"]) == (200, "assets:view work_orders:view")


@pytest.mark.rfc("6749", "5.2", "HT-16")
@pytest.mark.parametrize("hostile", ['a"b', "a\\b", "a\r\nSet-Cookie: x=y", "é", "😀", "<script>"])
@pytest.mark.parametrize("name", ["scope", "grant_type"])
def test_errors_repeat_nothing_that_was_sent(wire, machine, name, hostile):
    answer = wire.post("token", {"grant_type": "client_credentials", name: hostile}, machine=machine)
    assert answer.status == 400
    assert set(answer.json()["error_description"].encode()) <= PRINTABLE
    assert hostile not in answer.body.decode()
    assert "set-cookie" not in answer.headers


@pytest.mark.rfc("6749", "5.1", "HT-18")
def test_the_scope_is_told_when_it_was_not_asked_for(wire, machine):
    assert wire.token(machine).json()["scope"] == "assets:view work_orders:view"


@pytest.mark.rfc("6749", "3.2", "HT-20")
def test_tokens_need_no_cookie_and_set_none(wire, machine):
    answer = wire.token(machine)
    assert answer.status == 200
    assert "set-cookie" not in answer.headers


@pytest.mark.rfc("OAuth 2.1", "3.2", "HT-21")
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_preflight_at_a_form_endpoint_offers_other_origins_nothing(wire, endpoint):
    headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    answer = wire.send("OPTIONS", wire.url(endpoint), headers=headers)
    assert (answer.status, answer.header("Allow")) == (204, "POST, OPTIONS")
    assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.rfc("9700", "2.6", "HT-23")
@pytest.mark.parametrize("endpoint", [*ENDPOINTS, "jwks"])
def test_credentials_are_never_offered_to_other_origins(wire, machine, endpoint):
    method = "GET" if endpoint == "jwks" else "POST"
    headers = {"Origin": "https://evil.example", "Content-Type": FORM, **basic(*machine.auth)}
    answer = wire.send(method, wire.url(endpoint), headers=headers, body=b"token=x" if method == "POST" else b"")
    assert "access-control-allow-credentials" not in answer.headers
    assert answer.header("Access-Control-Allow-Origin") in ("", "*")


def test_more_than_a_hundred_parameters_are_refused(wire, machine):
    body = "&".join(f"a{number}=1" for number in range(101)).encode()
    assert_error(wire.post("token", body, machine=machine), 400, "invalid_request")


def test_an_unknown_address_of_the_wire_is_not_found(wire):
    answer = wire.send("GET", "/t/Nobody%00here/oauth/jwks")
    assert_error(answer, 404, "not_found")
