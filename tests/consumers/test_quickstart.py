"""The texts of Quick start are run as they are, against a server."""

import re
import subprocess
import sys
from urllib.parse import parse_qs, urlsplit

import pytest

from consumers import quickstart, registration
from tenants.context import tenant_scope
from tests.cast import make_acme, make_app, make_code, make_machine, make_yes, may
from tests.servers import start_server
from tools import node


@pytest.fixture(scope="module")
def acme():
    return make_acme()


@pytest.fixture(scope="module")
def base_url():
    with start_server() as base_url:
        yield base_url


def snippets(machine, base_url, settings, secret=None):
    settings.GATEHOUSE_BASE_URL = base_url
    return quickstart.snippets(machine.consumer, machine.consumer.tenant, secret or machine.secret)


def run(*command, code):
    return subprocess.run([*command, code], capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("method", ["", "client_secret_basic", "client_secret_post"])
class TestRunning:
    @pytest.fixture
    def machine(self, acme, method):
        machine = make_machine(acme.tenant, "assets:view")
        with tenant_scope(acme.tenant):
            machine.consumer = registration.amend_consumer(machine.consumer, token_endpoint_auth_method=method)
        return machine

    def test_the_curl_request_gets_a_token(self, machine, base_url, settings):
        done = run("sh", "-c", code=snippets(machine, base_url, settings)["curl"])

        assert re.search(r'"access_token": ?"gate_at_[\w-]{49}"', done.stdout), done

    def test_the_python_program_gets_a_token(self, machine, base_url, settings):
        done = run(sys.executable, "-c", code=snippets(machine, base_url, settings)["python"])

        assert re.fullmatch(r"gate_at_[\w-]{49}\n", done.stdout), done

    def test_the_javascript_program_gets_a_token(self, machine, base_url, settings):
        command = (node.bring_node().node, "--input-type=module", "-e")
        done = run(*command, code=snippets(machine, base_url, settings)["javascript"])

        assert re.fullmatch(r"gate_at_[\w-]{49}\n", done.stdout), done


def test_with_the_placeholder_the_answer_is_a_refusal(acme, base_url, settings):
    machine = make_machine(acme.tenant)

    done = run("sh", "-c", code=snippets(machine, base_url, settings, quickstart.PLACEHOLDER)["curl"])

    assert '"invalid_client"' in done.stdout


LOCAL = "http://127.0.0.1:9/callback"


@pytest.mark.parametrize("kind", ["public", "client_secret_basic", "client_secret_post"])
class TestRunningForAPerson:
    """The program shows an address; somebody says yes there and comes back with a code."""

    @pytest.fixture
    def app(self, acme, kind):
        may(acme.tenant, acme.ben, "assets:view")
        method = "" if kind == "public" else kind
        return make_app(
            acme.tenant,
            "assets:view",
            public=kind == "public",
            redirect_uris=LOCAL,
            token_endpoint_auth_method=method,
        )

    def start(self, *command, **where):
        pipe = subprocess.PIPE
        return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.STDOUT, text=True, **where)

    def allowed(self, acme, app, program):
        """The code, and the whole address, for the request that the program shows."""
        shown = ""
        while not (found := re.search(r"http\S+/oauth/authorize\?\S+", shown)):
            line = program.stdout.readline()
            assert line, shown
            shown += line
        asked = {name: values[0] for name, values in parse_qs(urlsplit(found[0]).query).items()}
        assert (asked["redirect_uri"], asked["client_id"]) == (LOCAL, app.key)
        family = make_yes(app, acme.ben, *asked["scope"].split(), redirect_uri=LOCAL)
        code = make_code(family, redirect_uri=LOCAL, code_challenge=asked["code_challenge"])
        return code, f"{LOCAL}?code={code}&state={asked['state']}&iss={acme.tenant.issuer}"

    def test_the_curl_requests_get_tokens_and_fresh_ones(self, acme, app, base_url, settings):
        program = self.start("sh", "-c", snippets(app, base_url, settings)["curl"])
        code, _address = self.allowed(acme, app, program)
        program.stdin.write(f"{code}\n")
        program.stdin.flush()
        first = ""
        while not (found := re.search(r'"refresh_token": ?"([^"]+)"', first)):
            character = program.stdout.read(1)
            assert character, first
            first += character

        rest, _ = program.communicate(f"{found[1]}\n", timeout=60)

        assert re.search(r'"access_token": ?"gate_at_', first + rest)
        assert re.search(r'"refresh_token": ?"gate_rt_', rest), rest

    def test_the_python_program_gets_tokens_and_fresh_ones(self, acme, app, base_url, settings):
        program = self.start(sys.executable, "-u", "-c", snippets(app, base_url, settings)["python"])
        _code, address = self.allowed(acme, app, program)

        rest, _ = program.communicate(f"{address}\n", timeout=60)

        assert len(re.findall(r"gate_at_[\w-]{49}", rest)) == 2, rest

    def test_the_javascript_program_gets_tokens_and_fresh_ones(self, acme, app, base_url, settings):
        found = node.bring_node()
        code = snippets(app, base_url, settings)["javascript"]
        program = self.start(found.node, "--input-type=module", "-e", code, cwd=node.bring_packages(found))
        _code, address = self.allowed(acme, app, program)

        rest, _ = program.communicate(f"{address}\n", timeout=60)

        assert len(re.findall(r"gate_at_[\w-]{49}", rest)) == 2, rest
