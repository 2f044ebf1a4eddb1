"""Ready requests with a consumer's real key and endpoint, in three languages. Tests run them as they are."""

from __future__ import annotations

from consumers.models import Consumer
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


def snippets(consumer: Consumer, tenant: Tenant, secret: str = PLACEHOLDER) -> dict[str, str]:
    """By language, as templates/elements/code.html takes them."""
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


def env_file(consumer: Consumer, tenant: Tenant, secret: str) -> str:
    """What the download button saves."""
    return f"TOKEN_ENDPOINT={token_endpoint(tenant)}\nCLIENT_ID={consumer.key}\nCLIENT_SECRET={secret}"


def token_endpoint(tenant: Tenant) -> str:
    return f"{tenant.issuer}/oauth/token"
