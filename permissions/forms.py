"""What the pages of this app accept: shape and wording. What may be granted is decided in groups and switching."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.widgets import ChipsSelect
from permissions import catalogue, groups
from permissions.models import PermissionGroup
from permissions.scopes import Scopes, module_of
from tenants import forms as tenant_forms
from tenants.text import validate_visible


class ManyField(forms.MultipleChoiceField):
    """Several values of any kind: whether each is possible is for the form to say, in a sentence of its own."""

    widget = forms.CheckboxSelectMultiple

    def valid_value(self, value: str) -> bool:
        return True


def changed_meanwhile(group: PermissionGroup) -> str:
    return gettext(
        "%(person)s changed this group while it was open here. "
        "What you typed is kept; saving again replaces their change."
    ) % {"person": groups.last_editor(group)}


class GroupForm(forms.Form):
    """A permission group. `seen` is when the group last changed as the editor began, `reviewed` the fingerprint
    of the loss they agreed to."""

    name = forms.CharField(
        label=_("Name"),
        max_length=80,
        error_messages={"required": _("Name can't be blank")},
        validators=[validate_visible],
    )
    description = forms.CharField(label=_("Description"), max_length=240, required=False, validators=[validate_visible])
    is_read_only = forms.BooleanField(
        label=_("Read-only"),
        required=False,
        help_text=_("it may only view and generate reports"),
    )
    scopes = ManyField(label=_("Permissions"), required=False)
    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    reviewed = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, modules: Sequence[str], group: PermissionGroup | None = None, **kwargs: Any) -> None:
        self.group = group
        self.held: Scopes = frozenset(group.scopes) if group else frozenset()
        self.dormant: Scopes = frozenset(scope for scope in self.held if module_of(scope) not in modules)
        self.is_stale = False
        kwargs["initial"] = self.stored()
        super().__init__(*args, **kwargs)

    def stored(self) -> dict[str, Any]:
        if self.group is None:
            return {}
        names = ("name", "description", "is_read_only", "scopes")
        return {name: getattr(self.group, name) for name in names}

    @property
    def ticked(self) -> Scopes:
        """What the matrix shows: what was chosen last, and what sleeps because its module is off."""
        return frozenset(self["scopes"].value() or ()) | self.dormant

    @property
    def details(self) -> list[forms.BoundField]:
        return [self[name] for name in ("name", "description", "is_read_only")]

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        others = PermissionGroup.objects.filter(name=name)
        if self.group:
            others = others.exclude(pk=self.group.pk)
        if others.exists():
            raise forms.ValidationError(_("There is a permission group of this name already."))
        return name

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        self.settle_scopes(data)
        if self.group and data.get("seen") != self.group.updated_at.isoformat():
            self.is_stale = True
            self.add_error(None, changed_meanwhile(self.group))
        return data

    def settle_scopes(self, data: dict[str, Any]) -> None:
        read_only = data["is_read_only"]
        dormant = catalogue.readable(self.dormant) if read_only else self.dormant
        chosen = frozenset(data.pop("scopes", ())) | dormant
        if not chosen:
            self.add_error("scopes", _("No permission selected"))
            return
        try:
            data["scopes"] = groups.grantable(chosen, is_read_only=read_only, held=self.held)
        except groups.ScopesRefused as refused:
            self.add_error("scopes", str(refused))


class MemberGroupsField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    def __init__(self) -> None:
        super().__init__(
            None,  # filled by the form: outside a company there is nothing to choose from
            label=_("Permission groups"),
            required=False,
            help_text=_(
                "What the person may do with the company's data, and so the most they can let an app do for them. "
                "A super administrator may do everything, with or without groups."
            ),
            widget=ChipsSelect(none_text=_("No permission selected")),
            error_messages={
                "invalid_choice": _("Choose permission groups of this company."),
                "invalid_pk_value": _("Choose permission groups of this company."),
            },
        )


class MemberForm(tenant_forms.RoleForm):
    groups = MemberGroupsField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["groups"].queryset = PermissionGroup.objects.all()  # type: ignore[attr-defined]


class InvitationForm(MemberForm, tenant_forms.InvitationForm):
    field_order = (*tenant_forms.InvitationForm.field_order, "groups")


class ModulesForm(forms.Form):
    """The modules a company is to have. `seen` are those it had as the editor began, `reviewed` as above."""

    modules = ManyField(required=False)
    seen = forms.CharField(required=False)
    reviewed = forms.CharField(required=False)

    def clean_seen(self) -> list[str]:
        return str(self.cleaned_data["seen"]).split()
