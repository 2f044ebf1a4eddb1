"""Which modules of the catalogue a company has: switching them on and off. What is off can't be granted, and
what was granted of it stops counting with the next request."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from permissions import catalogue
from permissions.catalogue import Entry
from tenants import audit
from tenants.models import Tenant


class ModulesRefused(ValueError):
    """This choice of modules is impossible; the message is a sentence for whoever made it."""


class ModulesChangedMeanwhile(Exception):
    """Somebody else switched modules after the page was read."""


@transaction.atomic
def switch_modules(tenant: Tenant, *, on: Iterable[str], seen: Iterable[str] | None = None, by: Any = None) -> Tenant:
    """Give the company exactly these modules (see `settled`). `seen` is what the editor began with. Raises
    ModulesRefused, ModulesChangedMeanwhile."""
    catalogue.hold()
    tenant = Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)
    if seen is not None:
        refuse_stale(tenant, seen)
    entries = catalogue.modules()
    before, after = frozenset(tenant.modules), settled(on, had=tenant.modules, entries=entries)
    if before != after:
        tenant.modules = [entry.slug for entry in entries if entry.slug in after]
        tenant.save(update_fields=["modules"])
        audit.record(
            "modules.switched",
            tenant,
            before={"modules": sorted(before - after)},
            after={"modules": sorted(after - before)},
            by=by,
        )
    return tenant


def refuse_stale(tenant: Tenant, seen: Iterable[str]) -> None:
    if frozenset(seen) != frozenset(tenant.modules):
        raise ModulesChangedMeanwhile


def settled(on: Iterable[str], *, had: Iterable[str], entries: Sequence[Entry]) -> frozenset[str]:
    """What a choice comes to. Sub-modules go off together with their module; Gatehouse's own modules, once on,
    stay. Raises ModulesRefused for an unknown module and for a sub-module without its module."""
    known = {entry.slug: entry for entry in entries}
    chosen, before = frozenset(on), frozenset(had)
    chosen |= {slug for slug in before if slug in known and known[slug].is_own}
    for slug in sorted(chosen):
        if slug not in known:
            raise ModulesRefused(_("There is no module “%(slug)s”.") % {"slug": slug[:60]})
        parent = known[slug].parent
        if parent and parent not in chosen and slug not in before:
            names = {"part": known[slug].name, "module": known[parent].name}
            raise ModulesRefused(_("“%(part)s” is part of “%(module)s”: switch that on as well.") % names)
    return frozenset(slug for slug in chosen if known[slug].parent is None or known[slug].parent in chosen)
