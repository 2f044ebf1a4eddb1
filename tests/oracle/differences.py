"""Where our verdict differs from stock django-oauth-toolkit's, which text decides and why ours is the stricter or the
exacter one. `python -m tests.oracle.differences` renders docs/differences-to-django-oauth-toolkit.md."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "differences-to-django-oauth-toolkit.md"
NO_CODE = "4xx without an error code"
BROKEN = "5xx without an error code"
BAD = "4xx invalid_request"
BOTH = "2xx with assets:view work_orders:view"
GRANT_TYPES = "authorization_code client_credentials refresh_token urn:ietf:params:oauth:grant-type:device_code"


@dataclass(frozen=True)
class Difference:
    """Cases (tests.oracle.cases, by id) that have the same two verdicts for the same reason."""

    cases: tuple[str, ...]
    stock: str
    ours: str
    source: str
    why: str


POSTED = "The method is refused alike (405), but ours says so in the JSON every client library reads, with Allow."
UTF8 = (
    "The body is text in UTF-8. What isn't can't be a scope or a token, and a character that was replaced silently is "
    "not what was sent: the request is refused as a whole, before anything is looked up."
)
NUL = "No value may hold a control character, and PostgreSQL's text takes no NUL: refused before anything is looked up."
LONG = "Longer than 16 kB is no OAuth request; it is refused (413) by its length, without being parsed or looked up."
ONCE = "A parameter MUST NOT be included more than once. Whoever takes the first or the last of two can be deceived."
UNKNOWN = (
    "An address may have a query of its own, and unrecognised parameters MUST be ignored. Those that belong into the "
    "body are refused in the URL by both."
)
CLIENT = (
    "Every endpoint that authenticates clients refuses them in one way: 401, invalid_client and a Basic challenge. "
    "A bare 403 tells a library neither what is wrong nor how to mend it."
)
NOT_OFFERED = (
    "The grant isn't offered at all, so nothing that it would carry is read, least of all a person's password."
)
BROKEN_CLIENT = "A client that can't exist is refused like every unknown one; it doesn't break the server."
OMITTED = "A parameter sent without a value MUST be treated as omitted: the default scope, named in the answer."
BOUNDED = (
    "Stock grants every scope of the installation to every client. Ours are bounded by permission groups and by the "
    "modules the company has."
)
NAMED = (
    "Every answer names its issuer, refusals too. Stock's refusals don't, and clients that look (openid-client, "
    "oauth4webapi) take them for somebody else's."
)
PROVEN = (
    "The client and its redirect URI are proven, so the app is told. Only when one of those two is repeated is there a "
    "page."
)
TOLD = "back with invalid_request"
BOTH_DOCUMENTS = (
    "Libraries read one of the two documents and take it for everything. What only the other one tells, refresh and "
    "revocation among it, they don't use. Ours are the same facts under both names."
)
DEVICES = (
    "Stock breaks: its view and its validator lack what oauthlib 4 asks for, which it allows. Until somebody has "
    "answered it is compared by a row that its own view would have written."
)
ASKED = "with device_code expires_in interval user_code verification_uri verification_uri_complete"
CHALLENGE = "Who sent no token has made no mistake to be told of: the challenge names the scheme and no error."
NOBODY = "The token is good, but not for this: another one with the scope that is named would do."
SIGNED_OUT = (
    "The hint proves nothing, so nobody is sent anywhere. But the person did not write it: they are asked whether they "
    "want to sign out, and can."
)
ONE_WAY = "A client MUST NOT use more than one authentication method in a request."

DIFFERENCES = (
    Difference(
        (
            "HT-03 GET with everything in the URL",
            "HT-04 PUT at the token endpoint",
            "HT-04 PATCH at the token endpoint",
            "HT-04 DELETE at the token endpoint",
            "HT-04 PUT at introspection",
        ),
        NO_CODE, BAD, "RFC 6749 §3.2, §5.2; RFC 9110 §15.5.6", POSTED,
    ),
    Difference(
        ("HT-04 DELETE at revocation", "RV-11 GET to revoke"),
        f"{NO_CODE}, the token lives", f"{BAD}, the token lives", "RFC 7009 §2.1; RFC 9110 §15.5.6", POSTED,
    ),
    Difference(
        ("HT-05 a JSON body",),
        "4xx unsupported_grant_type", BAD, "RFC 6749 §4.4.2, Appendix B",
        "The content type is what is wrong, and that is what we say; nothing in such a body is read.",
    ),
    Difference(
        ("HT-06 a multipart body",),
        BOTH, BAD, "RFC 6749 §4.4.2, Appendix B",
        "Requests are application/x-www-form-urlencoded and nothing else: one parser, one meaning.",
    ),
    Difference(
        ("HT-09 a content type with another charset",),
        NO_CODE, BOTH, "RFC 6749 Appendix B; RFC 6749 §5.2",
        "The media type has no charset parameter: the body is UTF-8 whatever is said of it, and one that isn't is "
        "refused. Stock answers with a page that is not JSON.",
    ),
    Difference(
        ("HT-10 a scope that is no UTF-8", "HT-10 raw bytes that are no UTF-8"),
        "4xx invalid_scope", BAD, "RFC 6749 Appendix B", UTF8,
    ),
    Difference(
        ("HT-10 a token that is no UTF-8",), "2xx inactive", BAD, "RFC 6749 Appendix B; RFC 7662 §2.1", UTF8,
    ),
    Difference(
        ("HT-10 a token to revoke that is no UTF-8",), "2xx", BAD, "RFC 6749 Appendix B; RFC 7009 §2.1", UTF8,
    ),
    Difference(("HT-11 NUL in the scope",), "4xx invalid_scope", BAD, "RFC 6749 Appendix A.4", NUL),
    Difference(("HT-11 NUL in the client_id",), BROKEN, BAD, "RFC 6749 Appendix A.1", NUL),
    Difference(
        ("HT-11 NUL in a token to introspect",), "2xx inactive", BAD, "RFC 6749 Appendix A.12; RFC 7662 §2.1", NUL,
    ),
    Difference(("HT-11 NUL in a token to revoke",), "2xx", BAD, "RFC 6749 Appendix A.12; RFC 7009 §2.1", NUL),
    Difference(("HT-12 a scope of 100 kB",), "4xx invalid_scope", BAD, "RFC 9110 §15.5.14", LONG),
    Difference(("HT-12 a token of 100 kB to introspect",), "2xx inactive", BAD, "RFC 9110 §15.5.14", LONG),
    Difference(("HT-12 a token of 100 kB to revoke",), "2xx", BAD, "RFC 9110 §15.5.14; RFC 7009 §5", LONG),
    Difference(("HT-13 grant_type twice", "HT-13 client_id twice"), BOTH, BAD, "RFC 6749 §3.2, §5.2", ONCE),
    Difference(("HT-13 scope twice",), "2xx with assets:view", BAD, "RFC 6749 §3.2, §5.2", ONCE),
    Difference(("HT-13 token twice at introspection",), "2xx active", BAD, "RFC 6749 §3.2, §5.2", ONCE),
    Difference(
        ("RV-17 token twice at revocation",),
        "2xx, the token is dead", f"{BAD}, the token lives", "RFC 6749 §3.2, §5.2", ONCE,
    ),
    Difference(("HT-14 an unknown parameter in the URL",), BAD, BOTH, "RFC 6749 §3.2", UNKNOWN),
    Difference(
        ("HT-14 an unknown parameter in the URL of revocation",),
        f"{BAD}, the token lives", "2xx, the token is dead", "RFC 6749 §3.2; RFC 7009 §2.1", UNKNOWN,
    ),
    Difference(
        ("HT-15 scope without a value",),
        "4xx invalid_scope", BOTH, "RFC 6749 §3.2", OMITTED,
    ),
    Difference(("CA-06 the secret in header and body",), BOTH, BAD, "RFC 6749 §2.3, §5.2", ONE_WAY),
    Difference(
        ("CA-06 introspection with the secret twice",),
        "2xx active", BAD, "RFC 6749 §2.3, §5.2; RFC 7662 §2.1", ONE_WAY,
    ),
    Difference(
        ("CA-07 one client in the header, another in the body",),
        "4xx server_error", BAD, "RFC 6749 §2.3, §5.2",
        "Refused by both, but the fault is the request's: server_error would have a program try again for ever.",
    ),
    Difference(("CA-10 NUL in Basic",), BROKEN, "4xx invalid_client", "RFC 6749 §5.2, Appendix A.1", BROKEN_CLIENT),
    Difference(
        ("CC-04 a scope beyond the permission groups",),
        "2xx with consumers:delete", "4xx invalid_scope", "RFC 6749 §3.3, §5.2", BOUNDED,
    ),
    Difference(
        ("CC-08 no grant_type", "CC-08 grant_type without a value"),
        "4xx unsupported_grant_type", BAD, "RFC 6749 §5.2",
        "A required parameter is missing, which is invalid_request.",
    ),
    Difference(
        ("CC-09 a device code that is missing",),
        BROKEN, BAD, "RFC 6749 §5.2; RFC 8628 §3.4", "A required parameter is missing, which is invalid_request.",
    ),
    Difference(
        ("CC-10 the password grant",),
        "4xx invalid_grant", "4xx unsupported_grant_type", "RFC 6749 §5.2; RFC 9700 §2.4", NOT_OFFERED,
    ),
    Difference(
        ("CC-14 the same scope twice",),
        "2xx with assets:view assets:view", "2xx with assets:view", "RFC 6749 §3.3",
        "Scopes are a set: each is named once in the answer.",
    ),
    Difference(
        ("CC-14 two spaces between two scopes",),
        "4xx invalid_scope", BOTH, "RFC 6749 §3.3",
        "Here we are the kinder one: two spaces divide as one does, and grant no more than one. Stock takes them "
        "before and behind the scopes, but not between.",
    ),
    Difference(
        (
            "IN-05 introspection without a client",
            "IN-06 introspection with a wrong secret",
            "IN-06 introspection with a wrong secret in the body",
            "IN-06 introspection by a deleted client",
        ),
        NO_CODE, "4xx invalid_client", "RFC 7662 §2.1, §2.3; RFC 6749 §5.2", CLIENT,
    ),
    Difference(
        ("IN-08 GET to introspect",),
        "2xx active", BAD, "RFC 7662 §2.1, §4", "A token in a URL ends in logs and histories: POST only.",
    ),
    Difference(
        ("IN-09 another's token, without the right to see it",),
        "2xx active", "2xx inactive", "RFC 7662 §2.2, §4",
        "Only the consumer a token belongs to, and those whose permission groups allow authorizations:view, learn "
        "about it. Stock tells every client about every token.",
    ),
    Difference(
        (
            "AZ-05 no response_type",
            "PK-02 no code_challenge",
            "PK-03 a plain challenge",
            "PK-04 no code_challenge_method",
            "PK-05 an unknown code_challenge_method",
            "PK-05 a code_challenge_method in other letters",
        ),
        f"{TOLD}, without iss", TOLD, "RFC 9207 §2", NAMED,
    ),
    Difference(
        ("AZ-06 an unknown response_type",),
        "back with unsupported_response_type, without iss", "back with unsupported_response_type", "RFC 9207 §2", NAMED,
    ),
    Difference(
        ("AZ-13 an unknown scope in the request", "AZ-13 a malformed scope in the request"),
        "back with invalid_scope, without iss", "back with invalid_scope", "RFC 9207 §2", NAMED,
    ),
    Difference(
        ("AZ-07 the implicit grant", "AZ-08 an ID token and a token", "AZ-08 a code and a token"),
        "back with unauthorized_client, without iss", "back with unsupported_response_type",
        "RFC 6749 §4.1.2.1; RFC 9700 §2.1.2",
        "No token is ever sent through the browser: it is not this client that may not, it is nobody.",
    ),
    Difference(
        ("AZ-11 scope twice", "AZ-11 response_type twice"), "a page, 4xx", TOLD, "RFC 6749 §3.1, §4.1.2.1", PROVEN,
    ),
    Difference(
        ("AZ-11 state twice",), "a page, 4xx", f"{TOLD}, without state", "RFC 6749 §3.1, §4.1.2.1", PROVEN,
    ),
    Difference(
        ("OI-06 prompt=none with another",), "a page, 4xx", TOLD, "OpenID Connect Core §3.1.2.1, §3.1.2.6", PROVEN,
    ),
    Difference(("AZ-11 code_challenge twice",), "back with a code", TOLD, "RFC 6749 §3.1", ONCE),
    Difference(
        ("AZ-13 a scope beyond the permission groups in the request",),
        "back with a code", "back with invalid_scope", "RFC 6749 §3.3, §4.1.2.1", BOUNDED,
    ),
    Difference(
        ("AZ-14 a scope without a value in the request",),
        "back with invalid_scope, without iss", "back with a code", "RFC 6749 §3.1", OMITTED,
    ),
    Difference(
        ("AZ-39 a request object",),
        "back with a code", "back with request_not_supported", "OpenID Connect Core §3.1.2.6, §6.1",
        "Who sends a request object relies on it. It is not passed over as if it said nothing.",
    ),
    Difference(
        ("AZ-39 a request_uri",),
        "back with a code", "back with request_uri_not_supported", "OpenID Connect Core §3.1.2.6, §6.2",
        "Who sends a request object relies on it. It is not passed over as if it said nothing.",
    ),
    Difference(
        ("AZ-40 a response_mode that does not exist",),
        "back with a code", TOLD, "OAuth 2.0 Multiple Response Type Encoding Practices §2.1",
        "An answer in another way than the app waits for is lost, or lands where it was not to be.",
    ),
    Difference(
        ("AZ-40 the answer in the fragment",),
        "back with a code in the fragment", TOLD,
        "RFC 9700 §4.3.1; OAuth 2.0 Multiple Response Type Encoding Practices §2.1",
        "Codes in fragments are within reach of every script of the page. Offered are query and form_post.",
    ),
    Difference(("AZ-04 a client_id with NUL",), "a page, 5xx", "a page, 4xx", "RFC 6749 Appendix A.1", NUL),
    Difference(
        ("AZ-41 NUL in the state",), "back with a code", f"{TOLD}, without state", "RFC 6749 Appendix A.5", NUL,
    ),
    Difference(
        ("AZ-41 NUL in the scope of the request",),
        "back with invalid_scope, without iss", TOLD, "RFC 6749 Appendix A.4", NUL,
    ),
    Difference(
        ("AZ-41 a state that is no UTF-8",),
        "back with a code", f"{TOLD}, without state", "RFC 6749 Appendix A.5, Appendix B", UTF8,
    ),
    Difference(
        ("RU-05 the host in other letters",),
        "off to APP.example/callback", "a page, 4xx", "RFC 9700 §2.1, §4.1.3; RFC 3986 §6.2.1",
        "Redirect URIs are compared as strings, character by character. Whoever normalises can be deceived about what "
        "the browser will make of it.",
    ),
    Difference(
        ("PK-06 a challenge that is too short", "PK-06 a challenge with padding", "PK-06 a challenge with a space"),
        "back with a code", TOLD, "RFC 7636 §4.2, §4.4.1",
        "It can't be the digest of any verifier, so the code could never be redeemed. The app learns it now.",
    ),
    Difference(
        ("PK-06 a challenge that is too long",), "a page, 5xx", TOLD, "RFC 7636 §4.2, §4.4.1",
        "It can't be the digest of any verifier, so the code could never be redeemed. The app learns it now.",
    ),
    Difference(
        ("CG-02 a code that was redeemed",),
        "4xx invalid_grant, the newest token lives", "4xx invalid_grant, the newest token is dead",
        "RFC 6749 §4.1.2; RFC 9700 §4.5",
        "Two have the code and all that belongs to it. Nobody knows who was first, so what it brought ends; a replay "
        "with a wrong verifier, a wrong secret or by another client ends nothing.",
    ),
    Difference(
        ("CG-08 a code without a value",), "4xx invalid_grant", BAD, "RFC 6749 §3.2, §5.2",
        "A required parameter is missing, which is invalid_request.",
    ),
    Difference(
        ("RU-21 another redirect_uri with the code",), BAD, "4xx invalid_grant", "RFC 6749 §5.2",
        "The grant “does not match the redirection URI used in the authorization request”: invalid_grant.",
    ),
    Difference(
        ("PK-08 no verifier",), BAD, "4xx invalid_grant", "RFC 7636 §4.6; RFC 9700 §2.1.1",
        "The verifier does not fit the challenge, and nobody learns from the error that there was one.",
    ),
    Difference(
        ("HT-13 code twice", "HT-13 code_verifier twice", "HT-13 refresh_token twice"),
        "2xx with assets:view and a refresh token", BAD, "RFC 6749 §3.2, §5.2", ONCE,
    ),
    Difference(("HT-11 NUL in the code",), BROKEN, BAD, "RFC 6749 Appendix A.11", NUL),
    Difference(("HT-11 NUL in the refresh token",), "4xx invalid_grant", BAD, "RFC 6749 Appendix A.17", NUL),
    Difference(("HT-12 a code of 100 kB",), "4xx invalid_grant", BAD, "RFC 9110 §15.5.14", LONG),
    Difference(
        ("RT-11 a refresh token again at once",),
        "4xx invalid_grant, the newest token is dead",
        "2xx with assets:view and a refresh token, the newest token lives",
        "RFC 9700 §4.14.2; RFC 6749 §10.4",
        "An answer that got lost on the way must not sign the person out: for ten seconds, until its successor is "
        "used, the same client gets the very same successor again. Nothing forks, and later the family ends.",
    ),
    Difference(
        ("RT-04 a used refresh token of another app",),
        "4xx invalid_grant, the newest token is dead", "4xx invalid_grant, the newest token lives",
        "RFC 6749 §6, §10.4",
        "It was not issued to whoever came with it, so it says nothing about who has it. Ending it would let one app "
        "sign people out of another.",
    ),
    Difference(
        ("IN-12 a refresh token at introspection",), "2xx inactive", "2xx active", "RFC 7662 §2.1, §2.2",
        "A refresh token may be asked about too, by the client it belongs to and no other. The answer names no "
        "token_type, so nobody takes it for an access token.",
    ),
    Difference(
        ("RT-17 a refresh token for client credentials", "CC-09 a refresh token that is garbage"),
        "4xx invalid_grant", "4xx unauthorized_client", "RFC 6749 §5.2",
        "This client may not use the grant at all, whatever it brings.",
    ),
    Difference(
        ("CC-15 openid",),
        "2xx with openid", "4xx invalid_scope", "OpenID Connect Core §3.1.2.1",
        "openid is about a person, and here is none. A scope that can mean nothing is not granted.",
    ),
    Difference(
        ("OI-14 userinfo with profile and email",),
        "2xx with sub", "2xx with email email_verified name sub", "OpenID Connect Core §5.4",
        "Stock knows no claims until a validator of one's own adds them. Ours tells what the person agreed to.",
    ),
    Difference(
        ("OI-03 userinfo without openid", "CC-17 userinfo for a machine"),
        "4xx invalid_token", "4xx insufficient_scope", "RFC 6750 §3.1; OpenID Connect Core §5.3.1", NOBODY,
    ),
    Difference(
        ("BR-01 userinfo without a token", "BR-09 userinfo with Basic"),
        "4xx invalid_token", "4xx with a Bearer challenge alone", "RFC 6750 §3.1", CHALLENGE,
    ),
    Difference(
        ("BR-04 userinfo with the token in the URL",),
        "2xx with sub", "4xx with a Bearer challenge alone", "RFC 9700 §4.3.2; OAuth 2.1 §5.1",
        "A token in a URL ends in logs and histories. It is as if none had been sent.",
    ),
    Difference(
        ("BR-05 userinfo with the token in header and body",),
        "2xx with sub", BAD, "RFC 6750 §2", "A token MUST NOT be sent in more than one way in a request.",
    ),
    Difference(
        tuple(
            f"MD-04 {member} in openid-configuration"
            for member in ("revocation_endpoint", "introspection_endpoint")
        ),
        "2xx silent", "2xx there", "RFC 8414 §2; RFC 9068 §4", BOTH_DOCUMENTS,
    ),
    Difference(
        ("MD-04 grant_types_supported in openid-configuration",),
        "2xx silent", f"2xx {GRANT_TYPES}", "RFC 8414 §2; OpenID Connect Discovery §3", BOTH_DOCUMENTS,
    ),
    Difference(
        (
            "MD-04 device_authorization_endpoint in oauth-authorization-server",
            "MD-04 device_authorization_endpoint in openid-configuration",
        ),
        "2xx silent", "2xx there", "RFC 8628 §4", "What is there is told.",
    ),
    Difference(
        (
            "MD-04 response_modes_supported in oauth-authorization-server",
            "MD-04 response_modes_supported in openid-configuration",
        ),
        "2xx silent", "2xx form_post query", "RFC 8414 §2",
        "Left out it means query and fragment. Ours are query and form_post.",
    ),
    Difference(
        (
            "MD-04 token_endpoint_auth_methods_supported in oauth-authorization-server",
            "MD-04 token_endpoint_auth_methods_supported in openid-configuration",
        ),
        "2xx client_secret_basic client_secret_post", "2xx client_secret_basic client_secret_post none",
        "RFC 8414 §2; RFC 7591 §2", "Public clients are let in by both, with no secret. Ours says so.",
    ),
    Difference(
        ("MD-04 response_types_supported in openid-configuration",),
        "2xx code “code id_token” “code id_token token” “code token”", "2xx code", "RFC 9700 §2.1.2",
        "Three of those send something through the browser that an attacker there could use.",
    ),
    Difference(
        ("MD-04 subject_types_supported in openid-configuration",),
        "2xx public", "2xx pairwise public", "OpenID Connect Core §8", "Each consumer has the one it needs.",
    ),
    Difference(
        ("MD-04 id_token_signing_alg_values_supported in openid-configuration",),
        "2xx HS256 RS256", "2xx ES256 RS256", "OpenID Connect Core §10.1; RFC 8725 §3.1, §3.2",
        "HS256 would be keyed with a client secret, which we don't keep.",
    ),
    Difference(
        ("MD-04 prompt_values_supported in openid-configuration",),
        "2xx login none", "2xx consent login none select_account", "OpenID Connect Core §3.1.2.1",
        "All four values are honoured.",
    ),
    Difference(
        ("MD-04 claims_supported in openid-configuration",),
        "2xx sub",
        "2xx acr amr at_hash aud auth_time email email_verified exp iat iss locale name nonce sid sub",
        "OpenID Connect Discovery §3", "Every claim that may be told is named.",
    ),
    Difference(
        (
            "MD-04 claims_parameter_supported in openid-configuration",
            "MD-04 request_parameter_supported in openid-configuration",
        ),
        "2xx silent", "2xx false", "OpenID Connect Discovery §3", "Neither is taken; ours says so.",
    ),
    Difference(
        ("LO-04 a hint that is garbage", "LO-04 an access token as hint"),
        "a page, 4xx", "a page, 2xx", "OpenID Connect RP-Initiated Logout §2, §4", SIGNED_OUT,
    ),
    Difference(
        ("LO-05 a client that does not exist",),
        "a page, 5xx", "a page, 2xx", "OpenID Connect RP-Initiated Logout §2", SIGNED_OUT,
    ),
    Difference(
        (
            "DV-01 a device asks",
            "DV-01 a device asks for the default",
            "DV-11 a device asks with an unknown parameter",
        ),
        BROKEN, f"2xx {ASKED}", "RFC 8628 §3.1, §3.2", DEVICES,
    ),
    Difference(
        ("DV-08 an app without devices asks",),
        BROKEN, "4xx unauthorized_client", "RFC 8628 §3.1; RFC 6749 §5.2", DEVICES,
    ),
    Difference(
        ("DV-06 a person who said yes",),
        BROKEN, "2xx with assets:view and a refresh token", "RFC 8628 §3.4", DEVICES,
    ),
    Difference(
        ("DV-06 a device code that was used", "DV-07 the device code of another"),
        BROKEN, "4xx invalid_grant", "RFC 8628 §3.4, §3.5", DEVICES,
    ),
    Difference(("DV-11 a device asks with scope twice",), BROKEN, BAD, "RFC 8628 §3.1", ONCE),
    Difference(
        ("DV-01 a device asks, Basic alone",),
        BAD, f"2xx {ASKED}", "RFC 8628 §3.1; RFC 6749 §2.3.1",
        "A client that authenticates has said who it is; client_id is for those that can't.",
    ),
    Difference(
        ("DV-12 an unknown device asks",),
        BAD, "4xx invalid_client", "RFC 8628 §3.1; RFC 6749 §5.2", CLIENT,
    ),
    Difference(
        ("DV-03 polling at once again",),
        "4xx authorization_pending", "4xx slow_down", "RFC 8628 §3.5",
        "Whoever asks more often than it was told is told to slow down, and has five seconds more to wait.",
    ),
    Difference(
        ("DV-04 a device code that expired",),
        "4xx authorization_pending", "4xx expired_token", "RFC 8628 §3.5",
        "Nobody can answer any more, so waiting makes no sense.",
    ),
    Difference(
        ("DV-07 the waiting device code of another",),
        "4xx authorization_pending", "4xx invalid_grant", "RFC 8628 §3.4; RFC 6749 §5.2",
        "A device code belongs to the client it was given to. To another it is like one that does not exist.",
    ),
    Difference(
        ("DV-08 a device code for an app without devices",),
        "4xx authorization_pending", "4xx unauthorized_client", "RFC 6749 §5.2",
        "This client may not use the grant at all, whatever it brings.",
    ),
    Difference(
        ("CG-07 an unknown device code",),
        "4xx device_not_found", "4xx invalid_grant", "RFC 8628 §3.5; RFC 6749 §5.2",
        "Clients know the codes of the RFC; device_not_found is none of them.",
    ),
)  # fmt: skip

HEAD = f"""# Where we differ from stock django-oauth-toolkit

The same requests go to our endpoints and to the stock views of django-oauth-toolkit {version("django-oauth-toolkit")}
with every gate of RFC 9700 on (`tests/oracle`). Verdicts are compared: the class of the status, the error code, what
was granted, for introspection whether the token is active, for revocation, replay and reuse whether tokens still live,
for userinfo and the discovery documents what they tell, and for a request for a code or to sign out where the person is
sent, with what, and whether `state` and `iss` are there. Where nothing is listed here, they are the same; an unlisted
difference fails the tests, and so does a listed one that is no more.

Made from `tests/oracle/differences.py` by `python -m tests.oracle.differences`.

| Request: stock → **ours** | Decided by | Why |
|---|---|---|
"""

FOOT = """
## A resource server that runs django-oauth-toolkit

Its `OAuth2Authentication` and `TokenHasScope` work against us unmodified (`tests/oracle/test_resource_server.py`), with
these settings:

- `RESOURCE_SERVER_INTROSPECTION_URL`: `<issuer>/oauth/introspect`;
- `RESOURCE_SERVER_INTROSPECTION_CREDENTIALS`: key and secret of a consumer whose permission groups allow
  `authorizations:view`;
- `RESOURCE_SERVER_TOKEN_RESOURCE_VALIDATOR`: a function that accepts the audience `<issuer>/api`. Its default takes an
  audience for the beginning of the resource server's own address (RFC 8707) and refuses our tokens everywhere but at
  our own API;
- `RESOURCE_SERVER_TOKEN_CACHING_SECONDS`: how long a revoked token may live on there, for that long it does not ask
  again. Its default is ten hours; 1 is the least that works.
"""


def by_case() -> dict[str, Difference]:
    return {case: difference for difference in DIFFERENCES for case in difference.cases}


def render() -> str:
    reasons: dict[str, list[Difference]] = {}
    for difference in DIFFERENCES:
        reasons.setdefault(difference.why, []).append(difference)
    rows = [f"| {verdicts(group)} | {sources(group)} | {why} |" for why, group in reasons.items()]
    return HEAD + "\n".join(rows) + "\n" + FOOT


def verdicts(group: list[Difference]) -> str:
    return "<br>".join(f"{case}: {one.stock} → **{one.ours}**" for one in group for case in one.cases)


def sources(group: list[Difference]) -> str:
    """Each once, in the order they are first named."""
    return "; ".join(dict.fromkeys(part for one in group for part in one.source.split("; ")))


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")
