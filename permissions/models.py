"""What may be done: the catalogue of modules and actions, a company's permission groups, and who may
manage which OAuth consumer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from django.utils.translation import gettext_lazy as _

from tenants.context import current_tenant
from tenants.models import Membership, Tenant
from tenants.scoping import TenantForeignKey, TenantManager, TenantQuerySet


class Action(models.TextChoices):
    VIEW = "view", _("View")
    ADD = "add", _("Add")
    EDIT = "edit", _("Edit")
    DELETE = "delete", _("Delete")
    REPORT = "report", _("Generate reports")


class Module(models.Model):
    """A part of the product, the operator's own data: what it is called in each language and which
    actions it knows. `names` and `nouns` are {language: text}: a heading ("Work orders") and what may follow a
    verb ("work orders"); `sentences` has one per action: {"view": {"en": "See work orders", …}}. The modules
    that are Gatehouse itself (`is_own`) stay, because its panel and API are built on them."""

    slug = models.CharField(max_length=40, primary_key=True)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    names = models.JSONField(default=dict)
    nouns = models.JSONField(default=dict)
    sentences = models.JSONField(default=dict)
    actions = ArrayField(models.CharField(max_length=10, choices=Action), default=list)
    position = models.PositiveIntegerField(default=0)
    is_own = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("module")
        verbose_name_plural = _("modules")
        ordering = ["position", "slug"]

    def __str__(self) -> str:
        return self.slug


class PermissionGroupQuerySet(TenantQuerySet["PermissionGroup"]):
    def hold(self, ids: Iterable[int]) -> set[int]:
        """Before these are given to somebody or taken away: they and the company's modules stay as they are until the
        transaction ends. Returns the ids of those there are."""
        held = self.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True)
        found = set(held.values_list("pk", flat=True))
        with connection.cursor() as cursor:
            company = [current_tenant().pk]
            cursor.execute("SELECT pg_advisory_xact_lock_shared(hashtextextended('ceiling.company', %s))", company)
        return found


class PermissionGroup(models.Model):
    """A named set of scopes (`module:action`) of one company. What a consumer may ask for is the union
    over its groups, narrowed by the modules the company has."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="permission_groups", db_index=False)
    name = models.CharField(_("name"), max_length=80)
    description = models.CharField(_("description"), max_length=240, blank=True)
    is_read_only = models.BooleanField(_("read-only"), default=False)
    scopes = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    objects: ClassVar[Any] = TenantManager.of(PermissionGroupQuerySet)()

    class Meta:
        verbose_name = _("permission group")
        verbose_name_plural = _("permission groups")
        constraints = [models.UniqueConstraint(fields=["tenant", "name"], name="permissions_group_name_once")]
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class MemberGroupQuerySet(TenantQuerySet["MemberGroup"]):
    def hold(self, wanted: Iterable[int] = ()) -> set[int]:
        """Before ties change: their groups, those wanted (by id) and the company's modules stay as they are until the
        transaction ends. Locks come in the order in which a change of a group or of modules takes them (migration
        0006): groups, modules, memberships, log. Returns the ids of the groups there are."""
        return PermissionGroup.objects.hold({*wanted, *self.values_list("group_id", flat=True)})


class MemberGroup(models.Model):
    """A member's tie to a permission group of the same company: what they may do, and so what they may let an app do
    for them. Added or removed, never changed (a trigger holds that)."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", db_index=False)
    membership = TenantForeignKey(Membership, models.CASCADE, related_name="group_ties")
    group = TenantForeignKey(PermissionGroup, models.CASCADE, related_name="member_ties")

    objects: ClassVar[Any] = TenantManager.of(MemberGroupQuerySet)()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "membership", "group"], name="permissions_member_group_once"),
        ]
        indexes = [models.Index(fields=["tenant", "group"], name="permissions_members_of_group")]

    def __str__(self) -> str:
        return f"{self.membership_id} in {self.group_id}"
