"""Further requests that are put to both servers: userinfo, discovery, signing out and devices. In values,
{openid_token} is an access token with openid, {named_token} one with profile and email too, {id_token} comes from the
same browser; {device_code} waits for its person, the others are what they say."""

from __future__ import annotations

from urllib.parse import urlencode

from tests.cast import CALLBACK
from tests.oracle.cases import Case, token
from tests.oracle.person_cases import APP

HOME = "https://app.example/"
DEVICE = "{device_key}:{device_secret}"
OTHER_DEVICE = "{other_device_key}:{other_device_secret}"
POLL = urlencode({"grant_type": "urn:ietf:params:oauth:grant-type:device_code"})
OPENID = "/.well-known/openid-configuration"
OAUTH = "/.well-known/oauth-authorization-server"
IN_BOTH = (
    "authorization_endpoint", "token_endpoint", "jwks_uri", "revocation_endpoint", "introspection_endpoint",
    "device_authorization_endpoint", "grant_types_supported", "response_types_supported", "response_modes_supported",
    "code_challenge_methods_supported", "token_endpoint_auth_methods_supported",
    "authorization_response_iss_parameter_supported",
)  # fmt: skip
IN_OPENID = (
    "userinfo_endpoint", "end_session_endpoint", "subject_types_supported", "id_token_signing_alg_values_supported",
    "prompt_values_supported", "claims_supported", "claims_parameter_supported", "request_parameter_supported",
)  # fmt: skip


def who(row: str, name: str, bearer: str = "{openid_token}", **more: object) -> Case:
    headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
    return Case(row, name, "userinfo", **{"body": "", "basic": "", "method": "GET", "headers": headers, **more})  # type: ignore[arg-type]


def document(row: str, name: str, address: str, member: str) -> Case:
    return Case(row, f"{name} in {address.rpartition('/')[2]}", address, "", basic="", method="GET", member=member)


def leave(row: str, name: str, **fields: str) -> Case:
    return Case(row, name, "end_session", "", basic="", method="GET", query=urlencode(fields, safe="{}"))


def device(row: str, name: str, body: str = "client_id={device_key}&scope=assets:view", basic: str = DEVICE) -> Case:
    return Case(row, name, "device_authorization", body, basic=basic)


def poll(row: str, name: str, device_code: str = "{device_code}", basic: str = DEVICE) -> Case:
    key = basic.partition(":")[0]
    return token(row, name, f"{POLL}&client_id={key}&device_code={device_code}", basic=basic)


IDENTITY_CASES = [
    who("OI-12", "userinfo"),
    who("OI-12", "userinfo by POST", method="POST"),
    who("OI-14", "userinfo with profile and email", "{named_token}"),
    who("OI-03", "userinfo without openid", "{user_token}"),
    who("CC-17", "userinfo for a machine", "{token}"),
    who("OI-13", "userinfo with garbage", "garbage"),
    who("BR-01", "userinfo without a token", ""),
    who("BR-04", "userinfo with the token in the URL", "", query="access_token={openid_token}"),
    who("BR-05", "userinfo with the token in header and body", method="POST", body="access_token={openid_token}"),
    who("BR-06", "userinfo with bearer in small letters", headers={"Authorization": "bearer {openid_token}"}),
    who("BR-09", "userinfo with Basic", basic=APP, headers={}),
    who("BR-10", "userinfo with a refresh token", "{refresh_token}"),
    who("BR-10", "userinfo with an ID token", "{id_token}"),
    *(
        document("MD-04", member, address, member)
        for address, members in ((OAUTH, IN_BOTH), (OPENID, IN_BOTH + IN_OPENID))
        for member in members
    ),
    leave("LO-01", "a good hint", id_token_hint="{id_token}", post_logout_redirect_uri=HOME, state="kept"),
    leave("LO-02", "another address", id_token_hint="{id_token}", post_logout_redirect_uri=f"{HOME}else"),
    leave("LO-02", "a query added", id_token_hint="{id_token}", post_logout_redirect_uri=f"{HOME}?a=b"),
    leave("LO-02", "a callback that is not for this", id_token_hint="{id_token}", post_logout_redirect_uri=CALLBACK),
    leave("LO-03", "no hint", client_id="{app_key}", post_logout_redirect_uri=HOME),
    leave("LO-04", "a hint that is garbage", id_token_hint="garbage", post_logout_redirect_uri=HOME),
    leave("LO-04", "an access token as hint", id_token_hint="{openid_token}", post_logout_redirect_uri=HOME),
    leave("LO-05", "the hint of another app", id_token_hint="{id_token}", client_id="{other_app_key}"),
    leave("LO-05", "a client that does not exist", client_id="nobody"),
    leave("LO-08", "no parameters at all"),
    device("DV-01", "a device asks"),
    device("DV-01", "a device asks, Basic alone", "scope=assets:view"),
    device("DV-01", "a device asks for the default", "client_id={device_key}"),
    device("DV-01", "a device asks for a scope that does not exist", "client_id={device_key}&scope=nonsense"),
    device("DV-01", "a device asks with a wrong secret", basic="{device_key}:wrong"),
    device("DV-01", "a device asks without its secret", basic=""),
    device("DV-08", "an app without devices asks", "client_id={app_key}&scope=assets:view", APP),
    device("DV-11", "a device asks with scope twice", "client_id={device_key}&scope=assets:view&scope=assets:view"),
    device("DV-11", "a device asks with an unknown parameter", "client_id={device_key}&scope=assets:view&foo=bar"),
    device("DV-12", "an unknown device asks", "client_id=nobody&scope=assets:view", ""),
    poll("DV-02", "nobody has answered yet"),
    poll("DV-03", "polling at once again", "{polled_device_code}"),
    poll("DV-04", "a device code that expired", "{expired_device_code}"),
    poll("DV-05", "a person who said no", "{denied_device_code}"),
    poll("DV-06", "a person who said yes", "{approved_device_code}"),
    poll("DV-06", "a device code that was used", "{used_device_code}"),
    poll("DV-07", "the device code of another", "{approved_device_code}", OTHER_DEVICE),
    poll("DV-07", "the waiting device code of another", basic=OTHER_DEVICE),
    poll("DV-08", "a device code for an app without devices", basic=APP),
    poll("CG-07", "an unknown device code", "garbage"),
]  # fmt: skip
