"""seed_demo: the demo world, and its credentials in .local/demo.json. Seeding twice changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from operator import itemgetter
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.signing_in import ONE_FACTOR, SignIn
from authorizations import granting, requests
from authorizations.models import Authorization
from config import demo
from consumers import credentials, entrusting, registration
from consumers.models import Consumer
from oauth import keys
from permissions import catalogue, groups
from permissions.members import set_member_groups
from permissions.models import PermissionGroup
from permissions.scopes import ceiling, module_of
from tenants import companies, members
from tenants.audit import Origin, acting
from tenants.context import tenant_scope
from tenants.models import Membership, Tenant

SECRET_NAME = "Production"  # noqa: S105


class Command(BaseCommand):
    help = "Make the demo world: two companies with people, permission groups and OAuth consumers."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--file", type=Path, default=demo.FILE, help="where its credentials are written")

    def handle(self, **options: Any) -> None:
        if settings.ENVIRONMENT == "production":
            raise CommandError("The demo world does not belong on a production server.")
        known = Known(demo.remembered(options["file"]))
        with transaction.atomic():
            content = {
                "base_url": settings.GATEHOUSE_BASE_URL,
                "companies": [seed_company(company, known) for company in demo.WORLD],
            }
        if content != known.content:
            demo.write(content, options["file"])
        if options["verbosity"]:
            self.stdout.write(f"The demo world is ready; its credentials are in {options['file'].name}.")


class Known:
    """The credentials an earlier run wrote down."""

    def __init__(self, content: dict[str, Any]) -> None:
        self.content = content
        entries = [entry for entry in content.get("companies", []) if isinstance(entry, dict)]
        self.passwords = {
            person.get("email"): person.get("password") for entry in entries for person in entry.get("people", [])
        }
        self.secrets = {
            (entry.get("slug"), one.get("name")): one.get("client_secret")
            for entry in entries
            for one in entry.get("consumers", [])
        }
        self._fits: bool | None = None
        self._new: set[str] = set()

    def password(self, user: User) -> str | None:
        """The person's password, if it was written down for this database. Checking one is slow on purpose, so
        the first stands for all: they were minted together."""
        found: str | None = self.passwords.get(user.email)
        if user.email in self._new:
            return found
        if found and self._fits is None:
            self._fits = user.check_password(found)
        return found if self._fits else None

    def new_password(self, email: str) -> str:
        self._new.add(email)
        found: str = demo.mint_password()
        self.passwords[email] = found
        return found


def seed_company(company: demo.Company, known: Known) -> dict[str, Any]:
    tenant = Tenant.objects.filter(slug=company.slug).first()
    if tenant is None:
        tenant = found_company(company, known)
    with tenant_scope(tenant), acting(Origin(name="Demo")):
        people = [credentials_of(person, known) for person in company.people if person.state == "active"]
        working = [machine.name for machine in company.machines if machine.state == "active"]
        names = [*working, *(app.name for app in company.apps)]
        consumers = [found for name in names if (found := consumer_entry(tenant, name, known))]
    return {"slug": tenant.slug, "issuer": tenant.issuer, "people": people, "consumers": consumers}


# ---- Once: the company and what happened in it


def found_company(company: demo.Company, known: Known) -> Tenant:
    with at(days_ago(company.founder.joined_days_ago + 1), name="Command line"):
        tenant = companies.create_company(
            slug=company.slug,
            name=company.name,
            modules=catalogue.slugs() - company.without,
            colour=company.colour,
            language=company.language,
            time_zone=company.time_zone,
        )
    with tenant_scope(tenant):
        keys.ensure_all(tenant)
        Tenant.objects.filter(pk=tenant.pk).update(created_at=days_ago(company.founder.joined_days_ago + 1))
        for _, happens in sorted(history(company, known), key=itemgetter(0)):
            happens()
    return tenant


def history(company: demo.Company, known: Known) -> Iterator[tuple[datetime, Callable[[], None]]]:
    """What happened and when, in no order."""
    for person in company.people:
        yield days_ago(person.joined_days_ago), partial(seed_person, company, person, known)
        if person.state == "suspended":
            yield days_ago(20), partial(suspend_person, company, person)
    for number, group in enumerate(company.groups):
        moment = days_ago(company.founder.joined_days_ago) + timedelta(hours=1, minutes=number)
        yield moment, partial(seed_group, company, group, moment)
    for machine in company.machines:
        yield days_ago(machine.made_days_ago), partial(seed_machine, company, machine, known)
        if machine.given_to:
            yield days_ago(290), partial(entrust, company, machine)
        yield ended(machine), partial(live_on, company, machine)
    for app in company.apps:
        yield days_ago(app.made_days_ago), partial(seed_app, company, app, known)
        for yes in app.people:
            yield days_ago(yes.days_ago), partial(seed_yes, app, yes)


def seed_person(company: demo.Company, person: demo.Person, known: Known) -> None:
    moment, boss = days_ago(person.joined_days_ago), founder(company)
    with at(moment, person=boss, name="Command line"):
        membership = members.invite(email=person.email, name=person.name, role=person.role, by=boss)
        waiting = Membership.objects.filter(pk=membership.pk)
        waiting.update(created_at=moment)
        if person.state == "invited":
            return
        # Somebody who is in the other company too has a password already.
        password = "" if membership.user.has_usable_password() else known.new_password(person.email)
        members.join(membership, password=password)
        waiting.update(joined_at=moment, invited_at=moment)
        if person.groups:
            chosen = PermissionGroup.objects.filter(name__in=person.groups)
            set_member_groups(Membership.objects.get(pk=membership.pk), chosen, by=boss)


def suspend_person(company: demo.Company, person: demo.Person) -> None:
    boss = founder(company)
    with at(days_ago(20), person=boss):
        members.suspend(Membership.objects.get(user__email=person.email), by=boss)


def seed_group(company: demo.Company, group: demo.Group, moment: datetime) -> None:
    scopes = everything(company) if demo.EVERYTHING in group.scopes else frozenset(group.scopes)
    boss = founder(company)
    with at(moment, person=boss):
        made = groups.create_group(
            name=group.name, description=group.description, is_read_only=group.is_read_only, scopes=scopes, by=boss
        )
    PermissionGroup.objects.filter(pk=made.pk).update(created_at=moment)


def seed_machine(company: demo.Company, machine: demo.Machine, known: Known) -> None:
    moment, boss = days_ago(machine.made_days_ago), founder(company)
    with at(moment, person=boss):
        consumer, minted = registration.register_consumer(
            name=machine.name,
            description=machine.description,
            groups=PermissionGroup.objects.filter(name__in=machine.groups),
            token_format=machine.token_format,
            secret_name=SECRET_NAME,
            by=boss,
        )
    assert minted is not None
    known.secrets[company.slug, machine.name] = minted.shown
    Consumer.objects.filter(pk=consumer.pk).update(created=moment)
    authorizations, secrets = Authorization.objects.filter(consumer=consumer), consumer.secrets.all()
    authorizations.update(granted_at=moment)
    secrets.update(created_at=moment)
    if machine.accessed_minutes_ago is not None:
        authorizations.update(last_accessed_at=accessed(machine), last_accessed_address=machine.address)
        secrets.update(last_used_at=accessed(machine))


def seed_app(company: demo.Company, app: demo.App, known: Known) -> None:
    moment, boss = days_ago(app.made_days_ago), founder(company)
    with at(moment, person=boss):
        consumer, minted = registration.register_consumer(
            name=app.name,
            description=app.description,
            groups=PermissionGroup.objects.filter(name__in=app.groups),
            grant_type=Consumer.GRANT_AUTHORIZATION_CODE,
            client_type=Consumer.CLIENT_PUBLIC if app.is_public else Consumer.CLIENT_CONFIDENTIAL,
            is_first_party=app.is_first_party,
            secret_name=SECRET_NAME,
            key=app.key,
            by=boss,
            **app.fields,
        )
    if minted:
        known.secrets[company.slug, app.name] = minted.shown
    Consumer.objects.filter(pk=consumer.pk).update(created=moment)
    consumer.secrets.all().update(created_at=moment)


def seed_yes(app: demo.App, yes: demo.Yes) -> None:
    """As the page of consent leaves it, long ago: the tokens of then are gone, what was agreed is not."""
    moment = days_ago(yes.days_ago)
    consumer = Consumer.objects.get(name=app.name)
    membership = Membership.objects.select_related("user").get(user__email=yes.email)
    with at(moment, person=membership.user):
        asked = requests.keep(consumer, browser="", scopes=sorted(yes.scopes), redirect_uri=demo.HERE)
        sign_in = SignIn(moment, ["pwd"], ONE_FACTOR, token_urlsafe(16))
        family = granting.grant(asked, membership=membership, scopes=yes.scopes, sign_in=sign_in)
    accessed_at = None
    if yes.accessed_minutes_ago is not None:
        accessed_at = timezone.now() - timedelta(minutes=yes.accessed_minutes_ago)
    Authorization.objects.filter(pk=family.authorization_id).update(
        granted_at=moment, last_accessed_at=accessed_at, last_accessed_address=yes.address or None
    )
    type(family).objects.filter(pk=family.pk).update(created_at=moment)
    type(asked).objects.filter(pk=asked.pk).delete()


def entrust(company: demo.Company, machine: demo.Machine) -> None:
    boss, consumer = founder(company), Consumer.objects.get(name=machine.name)
    with at(days_ago(290), person=boss):
        entrusting.give(consumer, User.objects.get(email=machine.given_to), by=boss)


def live_on(company: demo.Company, machine: demo.Machine) -> None:
    """What became of a consumer."""
    boss, consumer = founder(company), Consumer.objects.get(name=machine.name)
    with at(ended(machine), person=boss):
        if machine.second_secret_expires_in_days is not None:
            soon = timezone.now() + timedelta(days=machine.second_secret_expires_in_days)
            registration.add_secret(consumer, name="Before the move", expires_at=soon, by=boss)
        if machine.state == "suspended":
            registration.suspend_consumer(consumer, by=boss)
        if machine.state == "revoked":
            granting.revoke_all_for(consumer, by=boss)


def accessed(machine: demo.Machine) -> datetime:
    return timezone.now() - timedelta(minutes=machine.accessed_minutes_ago or 0)


def ended(machine: demo.Machine) -> datetime:
    """A day after it was last here, or now."""
    return min(accessed(machine) + timedelta(days=1), timezone.now())


# ---- Every time: the credentials, kept if they still work


def credentials_of(person: demo.Person, known: Known) -> dict[str, Any]:
    user = User.objects.get(email=person.email)
    password = known.password(user)
    if password is None:
        password = known.new_password(person.email)
        user.set_password(password)
        user.save(update_fields=["password"])
    return {"email": person.email, "password": password, "role": person.role}


def consumer_entry(tenant: Tenant, name: str, known: Known) -> dict[str, Any] | None:
    """None for a consumer that somebody has deleted, suspended or renamed since."""
    found = Consumer.objects.present().filter(name=name, suspended_at=None)
    consumer: Consumer | None = found.first()
    if consumer is None:
        return None
    secret = known.secrets.get((tenant.slug, name)) or ""
    if not consumer.is_public and not consumer.secrets.working().filter(digest=credentials.digest(secret)).exists():
        secret = replace_secret(consumer)
    scopes = ceiling(consumer.groups.values_list("scopes", flat=True), tenant.modules)
    return {
        "name": consumer.name,
        "grant_type": consumer.grant_type,
        "client_id": consumer.key,
        "client_secret": None if consumer.is_public else secret,
        "client_type": consumer.client_type,
        "is_first_party": consumer.is_first_party,
        "allows_device_flow": consumer.allows_device_flow,
        "scopes": sorted(scopes),
        "token_format": consumer.token_format,
        "redirect_uris": consumer.redirect_uris.split(),
    }


def replace_secret(consumer: Consumer) -> str:
    """A new one in the place of the one nobody knows any more."""
    lost = list(consumer.secrets.working().filter(name__startswith=SECRET_NAME))
    name = f"{SECRET_NAME} {timezone.now():%Y-%m-%d %H:%M:%S.%f}"
    _, minted = registration.mint_secret(consumer, name=name)
    for secret in lost:
        registration.retire_secret(secret)
    return minted.shown


# ---- Words


def founder(company: demo.Company) -> User | None:
    return User.objects.filter(email=company.founder.email).first()


def everything(company: demo.Company) -> frozenset[str]:
    return frozenset(scope for scope in catalogue.all_scopes() if module_of(scope) not in company.without)


def days_ago(days: int) -> datetime:
    return timezone.now() - timedelta(days=days)


@contextmanager
def at(moment: datetime, *, person: User | None = None, name: str = "") -> Iterator[None]:
    with acting(Origin(person=lambda: person, name=name, address="203.0.113.7", at=moment)):
        yield
