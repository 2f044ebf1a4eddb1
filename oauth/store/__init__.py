"""Every SQL statement of the wire, one file per thing asked, and the functions that ask them. See way_in first."""

from oauth.store.devices import Asking, ask_device, poll_device
from oauth.store.documents import (
    Company,
    api_scopes,
    find_company,
    finding_company,
    is_registered_origin,
    keep_first_key,
    public_keys,
)
from oauth.store.introspection import Seen, introspect, introspect_refresh, introspect_signed
from oauth.store.issuing import Issued, issue_opaque, issue_signed
from oauth.store.people import Granted, Person, common, end_family
from oauth.store.redeeming import redeem
from oauth.store.refreshing import refresh
from oauth.store.revocation import revoke, revoke_refresh, revoke_signed
from oauth.store.way_in import Caller, Client, note_failure

__all__ = [
    "Asking",
    "Caller",
    "Client",
    "Company",
    "Granted",
    "Issued",
    "Person",
    "Seen",
    "api_scopes",
    "ask_device",
    "common",
    "end_family",
    "find_company",
    "finding_company",
    "introspect",
    "introspect_refresh",
    "introspect_signed",
    "is_registered_origin",
    "issue_opaque",
    "issue_signed",
    "keep_first_key",
    "note_failure",
    "poll_device",
    "public_keys",
    "redeem",
    "refresh",
    "revoke",
    "revoke_refresh",
    "revoke_signed",
]
