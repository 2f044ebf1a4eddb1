"""company: create, list, suspend, resume and rename companies. Whoever runs the site is "Command line" in the log."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.db import transaction

from oauth import keys
from permissions import catalogue
from tenants import companies, members
from tenants.audit import Origin, acting
from tenants.context import across_tenants, tenant_scope
from tenants.models import Tenant


class Command(BaseCommand):
    help = "Create, list, suspend, resume and rename companies."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        create = verbs.add_parser("create", help="a company with its first super administrator")
        create.add_argument("slug", help="its address: /t/<slug>/; it can't change later")
        create.add_argument("name")
        create.add_argument("--super-admin", required=True, metavar="EMAIL")
        create.add_argument("--super-admin-name", default="", metavar="NAME")
        invite = verbs.add_parser("invite", help="another super administrator, when a company has none left")
        invite.add_argument("slug")
        invite.add_argument("email")
        invite.add_argument("--name", default="")
        verbs.add_parser("list")
        for verb in ("suspend", "resume"):
            verbs.add_parser(verb).add_argument("slug")
        rename = verbs.add_parser("rename", help="change the name people see")
        rename.add_argument("slug")
        rename.add_argument("name")

    def handle(self, **options: Any) -> None:
        with acting(Origin(name="Command line")):
            try:
                getattr(self, options["verb"])(options)
            except ValidationError as error:
                raise CommandError(" ".join(error.messages)) from None
            except members.NotAllowed as refusal:
                raise CommandError(str(refusal.sentence)) from None

    def create(self, options: dict[str, Any]) -> None:
        validate_email(options["super_admin"])
        with transaction.atomic():
            tenant = companies.create_company(slug=options["slug"], name=options["name"], modules=catalogue.slugs())
            with tenant_scope(tenant):
                keys.ensure_all(tenant)
            self.pass_on(tenant, options["super_admin"], options["super_admin_name"])

    def invite(self, options: dict[str, Any]) -> None:
        validate_email(options["email"])
        self.pass_on(self.company(options), options["email"], options["name"])

    def pass_on(self, tenant: Tenant, email: str, name: str) -> None:
        membership = companies.invite_super_admin(tenant, email=email, name=name)
        with tenant_scope(tenant):
            link = members.invitation_url(membership)
        days = members.INVITATION_TTL.days
        self.stdout.write(f"{tenant.name}: {tenant.issuer}/")
        self.stdout.write(f"Pass this link on to {email}; it works once, for {days} days:\n{link}")

    def list(self, options: dict[str, Any]) -> None:
        with across_tenants():
            for tenant in Tenant.objects.order_by("slug"):
                state = "active" if tenant.is_active else f"suspended {tenant.suspended_at:%Y-%m-%d}"
                self.stdout.write(f"{tenant.slug}\t{tenant.name}\t{state}\t{tenant.created_at:%Y-%m-%d}")

    def suspend(self, options: dict[str, Any]) -> None:
        tenant = companies.suspend_company(self.company(options))
        self.stdout.write(f"{tenant.name} is suspended: its pages are closed and its tokens refused.")

    def resume(self, options: dict[str, Any]) -> None:
        tenant = companies.resume_company(self.company(options))
        self.stdout.write(f"{tenant.name} is active.")

    def rename(self, options: dict[str, Any]) -> None:
        before = self.company(options)
        tenant = companies.amend_company(before, name=options["name"])
        self.stdout.write(f"{before.name} is now called {tenant.name}.")

    def company(self, options: dict[str, Any]) -> Tenant:
        tenant = Tenant.objects.filter(slug=options["slug"]).first()
        if tenant is None:
            raise CommandError(f"There is no company {options['slug']!r}.")
        return tenant
