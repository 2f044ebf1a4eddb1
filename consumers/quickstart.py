"""Ready requests with a consumer's real key and endpoints, in three languages. Tests run them as they are."""

from __future__ import annotations

from urllib.parse import quote

from consumers import redirects
from consumers.models import Consumer
from permissions.scopes import EMAIL, OFFLINE_ACCESS, OPENID, PROFILE
from tenants.models import Tenant

PLACEHOLDER = "YOUR_SECRET"

CURL_BASIC = """\
curl --user '{key}:{secret}' \\
  --data grant_type=client_credentials \\
  {endpoint}"""

CURL_POST = """\
curl --data grant_type=client_credentials \\
  --data client_id={key} \\
  --data client_secret={secret} \\
  {endpoint}"""

PYTHON = """\
# pip install authlib requests
from authlib.integrations.requests_client import OAuth2Session

session = OAuth2Session(
    client_id="{key}",
    client_secret="{secret}",
    token_endpoint_auth_method="{method}",
)
token = session.fetch_token(
    "{endpoint}",
    grant_type="client_credentials",
)
print(token["access_token"])"""

JAVASCRIPT_BASIC = """\
const answer = await fetch("{endpoint}", {{
  method: "POST",
  headers: {{
    Authorization: "Basic " + btoa("{key}:{secret}"),
  }},
  body: new URLSearchParams({{ grant_type: "client_credentials" }}),
}});
const token = await answer.json();
console.log(token.access_token);"""

JAVASCRIPT_POST = """\
const answer = await fetch("{endpoint}", {{
  method: "POST",
  body: new URLSearchParams({{
    grant_type: "client_credentials",
    client_id: "{key}",
    client_secret: "{secret}",
  }}),
}});
const token = await answer.json();
console.log(token.access_token);"""


# An app that acts for a person: the address to open, then code for tokens, then fresh ones.
APP_CURL = """\
verifier=$(openssl rand -hex 32)
challenge=$(printf %s "$verifier" | openssl dgst -sha256 -binary | openssl base64 | tr '+/' '-_' | tr -d '=\\n')
echo "Open in a browser:"
echo "{authorize}?response_type=code&client_id={key}&redirect_uri={quoted_redirect}&scope={quoted_scope}\
&state=$(openssl rand -hex 16)&code_challenge=$challenge&code_challenge_method=S256"

printf "The code in the address you return to: "; read -r code
curl {login} \\
  --data grant_type=authorization_code \\
  --data "code=$code" \\
  --data-urlencode 'redirect_uri={redirect}' \\
  --data "code_verifier=$verifier" \\
  {endpoint}"""

APP_CURL_REFRESH = """

printf "\\nThe refresh token in that answer: "; read -r refresh_token
curl {login} \\
  --data grant_type=refresh_token \\
  --data "refresh_token=$refresh_token" \\
  {endpoint}"""

APP_PYTHON = """\
# pip install authlib requests
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session

session = OAuth2Session(
    client_id="{key}",{python_secret}
    token_endpoint_auth_method="{method}",
    redirect_uri="{redirect}",
    scope="{scope}",
    code_challenge_method="S256",
)
verifier = generate_token(48)
url, state = session.create_authorization_url("{authorize}", code_verifier=verifier)
print("Open in a browser:", url)

token = session.fetch_token(
    "{endpoint}",
    authorization_response=input("The address you return to: "),
    state=state,
    code_verifier=verifier,
)
print(token["access_token"])"""

APP_PYTHON_REFRESH = """

token = session.refresh_token("{endpoint}", refresh_token=token["refresh_token"])
print(token["access_token"])"""

APP_JAVASCRIPT = """\
// npm install openid-client
import * as client from "openid-client";
import {{ createInterface }} from "node:readline/promises";

const config = await client.discovery(
  new URL("{issuer}"),
  "{key}",
  undefined,
  {javascript_method},{javascript_insecure}
);
const verifier = client.randomPKCECodeVerifier();
const state = client.randomState();
const url = client.buildAuthorizationUrl(config, {{
  redirect_uri: "{redirect}",
  scope: "{scope}",
  state,
  code_challenge: await client.calculatePKCECodeChallenge(verifier),
  code_challenge_method: "S256",
}});
console.log("Open in a browser:", url.href);

const terminal = createInterface({{ input: process.stdin, output: process.stdout }});
const answer = await terminal.question("The address you return to: ");
terminal.close();
const token = await client.authorizationCodeGrant(config, new URL(answer), {{
  pkceCodeVerifier: verifier,
  expectedState: state,
}});
console.log(token.access_token);"""

APP_JAVASCRIPT_REFRESH = """

const renewed = await client.refreshTokenGrant(config, token.refresh_token);
console.log(renewed.access_token);"""

INSECURE = """
  {{ execute: [client.allowInsecureRequests] }},"""


def snippets(consumer: Consumer, tenant: Tenant, secret: str = PLACEHOLDER) -> dict[str, str]:
    """By language, as templates/elements/code.html takes them."""
    if consumer.acts_for_people:
        return for_an_app(consumer, tenant, secret)
    in_body = consumer.token_endpoint_auth_method == Consumer.AuthMethod.POST
    words = {
        "key": consumer.key,
        "secret": secret,
        "endpoint": token_endpoint(tenant),
        "method": Consumer.AuthMethod.POST if in_body else Consumer.AuthMethod.BASIC,
    }
    return {
        "curl": (CURL_POST if in_body else CURL_BASIC).format(**words),
        "python": PYTHON.format(**words),
        "javascript": (JAVASCRIPT_POST if in_body else JAVASCRIPT_BASIC).format(**words),
    }


def for_an_app(consumer: Consumer, tenant: Tenant, secret: str) -> dict[str, str]:
    refresh = consumer.issues_refresh_tokens
    words = app_words(consumer, tenant, secret)
    return {
        "curl": (APP_CURL + (APP_CURL_REFRESH if refresh else "")).format(**words),
        "python": (APP_PYTHON + (APP_PYTHON_REFRESH if refresh else "")).format(**words),
        "javascript": (APP_JAVASCRIPT + (APP_JAVASCRIPT_REFRESH if refresh else "")).format(**words),
    }


def app_words(consumer: Consumer, tenant: Tenant, secret: str) -> dict[str, str]:
    """Redirect URIs (redirects.WRITTEN), scopes, keys and secrets hold no quotation mark, backslash or line feed, so
    they stay inside the quotes; a dollar sign only stands between apostrophes."""
    redirect, scope = callback(consumer), scopes(consumer)
    in_body = consumer.token_endpoint_auth_method == Consumer.AuthMethod.POST
    if consumer.is_public:
        login, method, javascript = f"--data client_id={consumer.key}", "none", "client.None()"
    elif in_body:
        login = f"--data client_id={consumer.key} --data client_secret={secret}"
        method, javascript = Consumer.AuthMethod.POST.value, f'client.ClientSecretPost("{secret}")'
    else:
        login = f"--user '{consumer.key}:{secret}'"
        method, javascript = Consumer.AuthMethod.BASIC.value, f'client.ClientSecretBasic("{secret}")'
    return {
        "key": consumer.key,
        "issuer": tenant.issuer,
        "authorize": f"{tenant.issuer}/oauth/authorize",
        "endpoint": token_endpoint(tenant),
        "redirect": redirect,
        "quoted_redirect": quote(redirect, safe=""),
        "scope": scope,
        "quoted_scope": quote(scope, safe=""),
        "login": login,
        "method": method,
        "python_secret": "" if consumer.is_public else f'\n    client_secret="{secret}",',
        "javascript_method": javascript,
        "javascript_insecure": "" if tenant.issuer.startswith("https:") else INSECURE.format(),
    }


def callback(consumer: Consumer) -> str:
    """The one that is easiest to try: on this computer, if there is such a one."""
    found = redirects.listed(consumer)
    return next((uri for uri in found if redirects.is_loopback(uri)), found[0] if found else "")


def scopes(consumer: Consumer) -> str:
    """Who the person is, and a first taste of what it may do."""
    fresh = [OFFLINE_ACCESS] if consumer.issues_refresh_tokens else []
    return " ".join([OPENID, PROFILE, EMAIL, *fresh, *sorted(consumer.ceiling)[:3]])


def env_file(consumer: Consumer, tenant: Tenant, secret: str) -> str:
    """What the download button saves."""
    return f"TOKEN_ENDPOINT={token_endpoint(tenant)}\nCLIENT_ID={consumer.key}\nCLIENT_SECRET={secret}"


def token_endpoint(tenant: Tenant) -> str:
    return f"{tenant.issuer}/oauth/token"
