"""Every SQL statement of the wire, one file per thing asked, and the functions that ask them. See way_in first."""

from oauth.store.devices import Asking, ask_device
from oauth.store.documents import Company, find_company, finding_company, keep_first_key, public_keys
from oauth.store.introspection import Seen, introspect, introspect_signed
from oauth.store.issuing import Issued, issue_opaque, issue_signed
from oauth.store.revocation import revoke, revoke_signed
from oauth.store.way_in import Caller, Client, note_failure

__all__ = [
    "Asking",
    "Caller",
    "Client",
    "Company",
    "Issued",
    "Seen",
    "ask_device",
    "find_company",
    "finding_company",
    "introspect",
    "introspect_signed",
    "issue_opaque",
    "issue_signed",
    "keep_first_key",
    "note_failure",
    "public_keys",
    "revoke",
    "revoke_signed",
]
