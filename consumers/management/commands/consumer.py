"""consumer: connect an app that one company has to another, under the same key, so that people choose the company."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from consumers import logos, registration
from consumers.models import Consumer, ConsumerLogo
from permissions.models import PermissionGroup
from tenants.audit import Origin, acting
from tenants.context import tenant_scope
from tenants.models import Tenant

# What belongs to the company it comes from: scopes are its groups', lifetimes within its limits, an API is its own.
LEFT_BEHIND = frozenset({"default_scopes", "optional_scopes", "resource", "access_token_seconds"}) | {
    "refresh_idle_seconds",
    "refresh_absolute_seconds",
}


class Command(BaseCommand):
    help = "Connect an app that one company has to another, under the same key."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        copy = verbs.add_parser("copy", help="prints the new secret, once")
        copy.add_argument("key")
        copy.add_argument("--from", dest="source", required=True, metavar="SLUG")
        copy.add_argument("--to", dest="target", required=True, metavar="SLUG")
        copy.add_argument("--groups", nargs="+", required=True, metavar="NAME", help="permission groups of the other")

    def handle(self, **options: Any) -> None:
        with acting(Origin(name="Command line")), transaction.atomic():
            try:
                self.copy(options)
            except ValidationError as error:
                raise CommandError(" ".join(error.messages)) from None
            except registration.NameTaken:
                raise CommandError(f"{options['target']} has a consumer of this name already.") from None
            except registration.KeyTaken:
                raise CommandError(f"{options['target']} has, or had, a consumer with this key already.") from None

    def copy(self, options: dict[str, Any]) -> None:
        with tenant_scope(company(options["source"])):
            app = Consumer.objects.present().filter(client_id=options["key"]).first()
            if app is None or not app.acts_for_people:
                raise CommandError(f"{options['source']} has no app for people with the key {options['key']}.")
            logo = ConsumerLogo.objects.filter(consumer=app).first()
        with tenant_scope(company(options["target"])):
            made, minted = registration.register_consumer(
                key=app.key,
                groups=groups_named(options["groups"]),
                grant_type=app.authorization_grant_type,
                client_type=app.client_type,
                is_first_party=app.is_first_party,
                **{field: getattr(app, field) for field in registration.AMENDABLE - LEFT_BEHIND},
            )
            if logo:
                logos.keep(made, bytes(logo.png))
        self.stdout.write(f"{made} is connected to {options['target']} with the key {made.key}.")
        if minted:
            self.stdout.write(f"Its secret there, shown this once: {minted.shown}")


def company(slug: str) -> Tenant:
    found = Tenant.objects.filter(slug=slug).first()
    if found is None:
        raise CommandError(f"There is no company {slug}.")
    return found


def groups_named(names: list[str]) -> list[PermissionGroup]:
    found = list(PermissionGroup.objects.filter(name__in=names))
    missing = sorted(set(names) - {group.name for group in found})
    if missing:
        raise CommandError(f"There is no such permission group: {', '.join(missing)}.")
    return found
