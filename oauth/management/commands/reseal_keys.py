"""After the key ring was rotated: seal every signing key with its first key again."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from oauth import keys
from oauth.models import SigningKey
from tenants.context import tenant_scope
from tenants.models import Tenant


class Command(BaseCommand):
    help = (
        "Seal all signing keys with the first key of GATEHOUSE_KEYRING. Afterwards the others can leave the ring. "
        "Safe to interrupt and to repeat."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        count, unopened = 0, []
        for tenant in Tenant.objects.order_by("pk").iterator():
            with tenant_scope(tenant):
                for key in SigningKey.objects.select_for_update():
                    if keys.is_sealed_by_first(key.sealed):
                        continue
                    try:
                        plain = keys.unseal(key.sealed, tenant.pk, key.kid)
                    except keys.CannotOpen as error:
                        # One company's loss is not to keep the others from the new key.
                        unopened.append(f"{tenant.slug}, key {key.kid}: {error}")
                        continue
                    key.sealed = keys.seal(plain, tenant.pk, key.kid)
                    key.save(update_fields=["sealed"])
                    count += 1
        self.stdout.write(f"{count} signing keys sealed again.")
        if unopened:
            raise CommandError("These can't be opened and were left as they are:\n" + "\n".join(unopened))
