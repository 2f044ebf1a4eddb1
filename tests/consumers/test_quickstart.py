"""The texts of Quick start are run as they are, against a server."""

import re
import subprocess
import sys

import pytest

from consumers import quickstart, registration
from tenants.context import tenant_scope
from tests.cast import make_acme, make_machine
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
