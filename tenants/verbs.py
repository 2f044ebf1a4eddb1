"""What the Transactions log says in words: a sentence for every verb, a name for every kind and every field.

A sentence has the object's name as %(name)s; who did it stands beside it. A test reads the source and checks
that every verb recorded anywhere is here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants.models import AuditEvent
from tenants.text import harmless

type Text = str | Promise

SENTENCES: dict[str, Text] = {
    "company.created": gettext_lazy("Created the company %(name)s"),
    "company.amended": gettext_lazy("Changed the company %(name)s"),
    "company.suspended": gettext_lazy("Suspended the company %(name)s"),
    "company.resumed": gettext_lazy("Resumed the company %(name)s"),
    "member.invited": gettext_lazy("Invited %(name)s"),
    "member.invitation_renewed": gettext_lazy("Made a new invitation link for %(name)s"),
    "member.joined": gettext_lazy("%(name)s joined the company"),
    "member.role_changed": gettext_lazy("Changed the role of %(name)s"),
    "member.groups_changed": gettext_lazy("Changed the permission groups of %(name)s"),
    "member.suspended": gettext_lazy("Suspended the member %(name)s"),
    "member.resumed": gettext_lazy("Resumed the member %(name)s"),
    "member.removed": gettext_lazy("Removed the member %(name)s"),
    "member.sign_in_refused": gettext_lazy("Failed to sign in as %(name)s"),
    "consumer.registered": gettext_lazy("Made the OAuth consumer %(name)s"),
    "consumer.amended": gettext_lazy("Changed the OAuth consumer %(name)s"),
    "consumer.suspended": gettext_lazy("Suspended the OAuth consumer %(name)s"),
    "consumer.resumed": gettext_lazy("Resumed the OAuth consumer %(name)s"),
    "consumer.deleted": gettext_lazy("Deleted the OAuth consumer %(name)s"),
    "consumer.secret_added": gettext_lazy("Added a secret to the OAuth consumer %(name)s"),
    "consumer.secret_retired": gettext_lazy("Retired a secret of the OAuth consumer %(name)s"),
    "consumer.secret_expired": gettext_lazy("A secret of the OAuth consumer %(name)s expired"),
    "consumer.logo_changed": gettext_lazy("Changed the logo of the OAuth consumer %(name)s"),
    "consumer.logo_removed": gettext_lazy("Removed the logo of the OAuth consumer %(name)s"),
    "consumer.manager_added": gettext_lazy("Gave the OAuth consumer %(name)s to somebody to manage"),
    "consumer.manager_removed": gettext_lazy("Took the OAuth consumer %(name)s from somebody who managed it"),
    "consumer.refused": gettext_lazy("Refused the OAuth consumer %(name)s"),
    "consumer.asked_without_pkce": gettext_lazy("The OAuth consumer %(name)s asked without PKCE, as it is allowed to"),
    "authorization.granted": gettext_lazy("Authorized the OAuth consumer %(name)s"),
    "authorization.widened": gettext_lazy("Allowed the OAuth consumer %(name)s more"),
    "authorization.amended": gettext_lazy("Changed how long the OAuth consumer %(name)s is authorized"),
    "authorization.denied": gettext_lazy("Did not authorize the OAuth consumer %(name)s"),
    "authorization.revoked": gettext_lazy("Revoked the authorization of the OAuth consumer %(name)s"),
    "authorization.signed_out": gettext_lazy("Signed out; the OAuth consumer %(name)s lost its access"),
    "token.revoked": gettext_lazy("A token was given back by the OAuth consumer %(name)s"),
    "authorization.code_replayed": gettext_lazy(
        "Signed somebody out of the OAuth consumer %(name)s: the code was used twice"
    ),
    "authorization.refresh_reused": gettext_lazy(
        "Signed somebody out of the OAuth consumer %(name)s: an old refresh token was used again"
    ),
    "permission_group.created": gettext_lazy("Made the permission group %(name)s"),
    "permission_group.amended": gettext_lazy("Changed the permission group %(name)s"),
    "permission_group.deleted": gettext_lazy("Deleted the permission group %(name)s"),
    "modules.switched": gettext_lazy("Changed the modules of %(name)s"),
    "module.narrowed": gettext_lazy("The operator took actions out of modules; %(name)s lost what they allowed"),
    "module.retired": gettext_lazy("The operator took modules out of the product; %(name)s lost what they allowed"),
    "signing_key.created": gettext_lazy("Published the next signing key %(name)s"),
    "signing_key.activated": gettext_lazy("Began to sign with the key %(name)s"),
}

KINDS: dict[str, Text] = {
    "tenant": gettext_lazy("Company"),
    "membership": gettext_lazy("Member"),
    "permissiongroup": gettext_lazy("Permission group"),
    "consumer": gettext_lazy("OAuth consumer"),
    "authorization": gettext_lazy("App authorization"),
    "signingkey": gettext_lazy("Signing key"),
}

FIELDS: dict[str, Text] = {
    "access_token_seconds": gettext_lazy("Access token lifetime (seconds)"),
    "allowed_origins": gettext_lazy("Allowed origins"),
    "allows_device_flow": gettext_lazy("May be used on devices without a browser"),
    "authorization": gettext_lazy("Authorization"),
    "backchannel_logout_url": gettext_lazy("Back-channel logout URL"),
    "client_id": gettext_lazy("Key"),
    "client_type": gettext_lazy("Application type"),
    "colour": gettext_lazy("Colour"),
    "consumers": gettext_lazy("OAuth consumers"),
    "count": gettext_lazy("How often"),
    "default_scopes": gettext_lazy("Default scopes"),
    "description": gettext_lazy("Description"),
    "email": gettext_lazy("E-mail address"),
    "endpoint": gettext_lazy("Endpoint"),
    "eula_url": gettext_lazy("End user license agreement URL"),
    "expires_at": gettext_lazy("Expires"),
    "grant_type": gettext_lazy("Grant type"),
    "groups": gettext_lazy("Permission groups"),
    "id_token_algorithm": gettext_lazy("ID token signature"),
    "is_first_party": gettext_lazy("Our own app"),
    "is_read_only": gettext_lazy("Read-only"),
    "issues_refresh_tokens": gettext_lazy("Gets refresh tokens"),
    "key": gettext_lazy("Key"),
    "language": gettext_lazy("Language"),
    "last_four": gettext_lazy("Ends in"),
    "legacy_without_pkce": gettext_lazy("Legacy: works without PKCE"),
    "logo": gettext_lazy("Logo"),
    "manager": gettext_lazy("Managed by"),
    "members": gettext_lazy("Members"),
    "modules": gettext_lazy("Modules"),
    "name": gettext_lazy("Name"),
    "optional_scopes": gettext_lazy("Optional scopes"),
    "pairwise_subject": gettext_lazy("Sees people under identifiers of its own"),
    "permission_groups": gettext_lazy("Permission groups"),
    "post_logout_redirect_uris": gettext_lazy("URLs after sign-out"),
    "privacy_policy_url": gettext_lazy("Privacy policy URL"),
    "reason": gettext_lazy("Reason"),
    "redirect_uris": gettext_lazy("Callback URL"),
    "refresh_absolute_seconds": gettext_lazy("Sign in again after (seconds)"),
    "refresh_idle_seconds": gettext_lazy("Sign-out after inactivity (seconds)"),
    "resource": gettext_lazy("API identifier"),
    "role": gettext_lazy("Role"),
    "scopes": gettext_lazy("Scopes"),
    "secret": gettext_lazy("Secret"),
    "skips_consent": gettext_lazy("Skip the consent page"),
    "slug": gettext_lazy("Address"),
    "time_zone": gettext_lazy("Time zone"),
    "token_endpoint_auth_method": gettext_lazy("Client authentication"),
    "token_format": gettext_lazy("Token format"),
    "until": gettext_lazy("Until"),
    "url": gettext_lazy("URL"),
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One field of a change. For lists, `taken` and `added` are the entries that went and came."""

    label: Text
    before: Text
    after: Text
    taken: list[str]
    added: list[str]

    @property
    def is_list(self) -> bool:
        return bool(self.taken or self.added)


def sentence(event: AuditEvent) -> str:
    # A refused caller who is nobody's consumer is called by the key it sent.
    name = event.object_name or event.after.get("client_id") or "—"
    return str(SENTENCES[event.verb]) % {"name": harmless(name)} if event.verb in SENTENCES else event.verb


def kind(event: AuditEvent) -> Text:
    return KINDS.get(event.object_type, event.object_type)


def differences(event: AuditEvent) -> list[Difference]:
    """The event's before and after, field by field, in words; what was and is empty is left out."""
    pairs = {name: (event.before.get(name), event.after.get(name)) for name in (*event.before, *event.after)}
    return [_difference(name, *pair) for name, pair in pairs.items() if any(map(_says_something, pair))]


def in_one_line(event: AuditEvent) -> str:
    """The same for a cell of a file: "Role: Member → Auditor; Name: …"."""
    return "; ".join(f"{found.label}: {found.before} → {found.after}" for found in differences(event))


def _difference(name: str, before: Any, after: Any) -> Difference:
    taken: list[str] = []
    added: list[str] = []
    if isinstance(before, list) or isinstance(after, list):
        old, new = [harmless(str(entry)) for entry in before or []], [harmless(str(entry)) for entry in after or []]
        taken, added = [entry for entry in old if entry not in new], [entry for entry in new if entry not in old]
    label = FIELDS.get(name, name.replace("_", " ").capitalize())
    return Difference(label, _in_words(before), _in_words(after), taken, added)


def _says_something(value: Any) -> bool:
    return value not in (None, "", [], {})


def _in_words(value: Any) -> str:
    match value:
        case None | "" | [] | {}:
            return "—"
        case True:
            return _("Yes")
        case False:
            return _("No")
        case list():
            return ", ".join(harmless(str(entry)) for entry in value)
        case dict():
            return ", ".join(f"{name}: {_in_words(entry)}" for name, entry in value.items())
        case _:
            return harmless(str(value))
