"""config.logs: JSON lines nobody can forge."""

import json
import logging
import sys

import pytest
from django.test import RequestFactory

from config.logs import JSONLines


def line_of(message, *args, **extra):
    record = logging.LogRecord("gatehouse", logging.WARNING, __file__, 1, message, args, extra.pop("exc_info", None))
    record.__dict__.update(extra)
    return JSONLines().format(record)


def test_line_breaks_and_escape_sequences_stay_inside_one_line():
    written = line_of("Name %s", 'x\r\n{"level": "info"}\x1b[31m\u2028')
    assert not set(written) & set("\r\n\x1b\u2028")
    assert json.loads(written)["message"] == 'Name x\r\n{"level": "info"}\x1b[31m\u2028'


def test_a_request_is_told_without_its_query_headers_or_body():
    request = RequestFactory().post(
        "/t/acme/oauth/token?client_secret=hidden", {"code": "hidden"}, headers={"Authorization": "Basic hidden"}
    )
    request.id, request.client_address = "42", "192.0.2.1"
    written = line_of("Internal Server Error: %s", request.path, request=request)
    told = json.loads(written)
    assert "hidden" not in written
    assert {name: told[name] for name in ("level", "request_id", "method", "path", "address")} == {
        "level": "warning",
        "request_id": "42",
        "method": "POST",
        "path": "/t/acme/oauth/token",
        "address": "192.0.2.1",
    }


def test_an_exception_is_part_of_its_line():
    try:
        raise ValueError("broken")
    except ValueError:
        written = line_of("Failed", exc_info=sys.exc_info())
    assert "ValueError: broken" in json.loads(written)["exception"]
    assert "\n" not in written


@pytest.mark.parametrize(
    "path",
    [
        "/t/acme/join/{key}/",
        "/t/acme/settings/api-connections/oauth-consumers/7/credentials/{key}/",
        "/accounts/password/reset/key/{key}/",
        "/demo/sign-in/{key}/",
    ],
)
def test_an_address_that_opens_something_is_told_without_its_key(path):
    path = path.format(key="WzFd:1vMabc-_:secret")
    request = RequestFactory().post(path)
    try:
        raise ValueError(f"no reverse for {path}")
    except ValueError:
        written = line_of("Forbidden (CSRF cookie not set.): %s", path, request=request, exc_info=sys.exc_info())
    assert "secret" not in written
    assert "1vMabc" not in written
    assert json.loads(written)["path"].endswith("/…/")


def test_a_caller_with_a_made_up_host_leaves_no_traceback():
    found = logging.getLogger("django.security.DisallowedHost")
    assert not found.isEnabledFor(logging.ERROR)
