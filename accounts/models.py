"""Who signs in: a person with an e-mail address, the same in every company they belong to."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person. What they may do is a Membership of a company (tenants.models)."""

    class Theme(models.TextChoices):
        SYSTEM = "system", _("Like this device")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    email = models.EmailField(_("e-mail address"), max_length=254, unique=True)
    full_name = models.CharField(_("full name"), max_length=120, blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    theme = models.CharField(_("theme"), max_length=6, choices=Theme, default=Theme.SYSTEM)
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("platform operator"), default=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    # Who this is to an app (OpenID Connect `sub`, oauth.subjects): never the row's number, never the e-mail address.
    subject = models.UUIDField(unique=True, editable=False, db_default=RandomUUID())
    # Tokens that hang on an earlier sign-in are refused: set when the password changes.
    tokens_not_before = models.DateTimeField(null=True, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="accounts_user_email_lower")
        ]

    def __str__(self) -> str:
        return self.full_name or self.email

    def get_full_name(self) -> str:
        return self.full_name or self.email

    def get_short_name(self) -> str:
        return (self.full_name or self.email).split(" ")[0]


class Errand(models.Model):
    """What follows an e-mail address that somebody typed, whether or not it is anybody's (accounts.errands)."""

    class Kind(models.TextChoices):
        FORGOTTEN = "forgotten"
        REFUSED = "refused"

    kind = models.CharField(max_length=20, choices=Kind)
    email = models.EmailField(max_length=254)
    # What whoever typed it reads, where they were, and which request it was.
    language = models.CharField(max_length=10)
    address = models.GenericIPAddressField(null=True)
    request_id = models.CharField(max_length=36)
    due_at = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["due_at"], name="accounts_errand_due")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
