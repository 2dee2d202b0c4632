"""People in Django's admin: our permission, our rule on roles, an event for each change."""

from collections.abc import Mapping
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from webapp.accounts.access import PersonRequest
from webapp.accounts.actions import check_roles
from webapp.accounts.models import SYSTEM_USERNAME, User
from webapp.accounts.roles import Permission, Role
from webapp.core.errors import BadInput
from webapp.core.events import record_event

# Roles come from roles.py at each migrate: nobody edits groups by hand.
admin.site.unregister(Group)

KEPT = ("username", "display_name", "email", "is_active")
"""What an event keeps of a person, beside the roles."""


class RolesMixin(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """The groups of a person, one box each."""

    groups = forms.ModelMultipleChoiceField(
        Group.objects.order_by("name"),
        required=False,
        label="Roles",
        widget=forms.CheckboxSelectMultiple,
        help_text="Who sees keys cannot review, so give one role.",
    )

    def clean_groups(self) -> QuerySet[Group]:
        groups: QuerySet[Group] = self.cleaned_data["groups"]
        try:
            check_roles(str(self.cleaned_data.get("username", "This person")), roles_in(groups))
        except BadInput as error:
            raise forms.ValidationError(error.message) from error
        return groups


class PersonForm(RolesMixin, UserChangeForm):  # type: ignore[type-arg]
    pass


class NewPersonForm(RolesMixin, AdminUserCreationForm):  # type: ignore[type-arg]
    pass


def roles_in(groups: Any) -> frozenset[Role]:
    names = {group.name for group in groups}
    return frozenset(role for role in Role if role.value in names)


def described(values: Mapping[str, Any]) -> dict[str, Any]:
    """What an event keeps, out of a form's values."""
    roles = sorted(role.value for role in roles_in(values.get("groups") or ()))
    return {**{name: values[name] for name in KEPT if name in values}, "roles": roles}


@admin.register(User)
class PersonAdmin(UserAdmin):  # type: ignore[type-arg]
    """Nobody is deleted here, since what they did names them; unselect “active” instead."""

    form = PersonForm
    add_form = NewPersonForm
    list_display = ("username", "display_name", "roles", "is_active", "last_login")
    list_filter = ("is_active", "groups")
    search_fields = ("username", "display_name", "email")
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Person", {"fields": ("display_name", "email", "is_active", "groups")}),
    )
    add_fieldsets = (
        (None, {"fields": ("username", "usable_password", "password1", "password2")}),
        ("Person", {"fields": ("display_name", "email", "groups")}),
    )

    @admin.display
    def roles(self, person: User) -> str:
        return ", ".join(group.name for group in person.groups.all())

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """An admin may not take over the account of somebody who may more."""
        people = super().get_queryset(request).prefetch_related("groups")
        people = people.exclude(username=SYSTEM_USERNAME)
        return people if _asker(request).is_superuser else people.exclude(is_superuser=True)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return request.user.is_authenticated and _asker(request).may(Permission.MANAGE_PEOPLE)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return self.has_view_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False

    def save_model(
        self, request: HttpRequest, obj: User, form: "forms.ModelForm[User]", change: bool
    ) -> None:
        """Admins, and nobody else, get into these pages."""
        obj.is_staff = obj.is_superuser or Role.ADMIN in roles_in(form.cleaned_data["groups"])
        super().save_model(request, obj, form, change)

    def save_related(
        self, request: HttpRequest, form: "forms.ModelForm[User]", formsets: Any, change: bool
    ) -> None:
        """Runs in the transaction of the form, after the person was saved."""
        super().save_related(request, form, formsets, change)
        if form.changed_data:
            record_event(
                "change_person" if change else "add_person",
                form.instance,
                by=_asker(request),
                before=described(form.initial) if change else None,
                after=described(form.cleaned_data),
            )

    @transaction.atomic
    def user_change_password(
        self,
        request: HttpRequest,
        id: str,  # noqa: A002  Django's name
        form_url: str = "",
    ) -> HttpResponse:
        person = self.get_object(request, id)
        held = person.password if person else ""
        response = super().user_change_password(request, id, form_url)
        if person is not None:
            person.refresh_from_db(fields=["password"])
            if person.password != held:
                record_event("set_password", person, by=_asker(request))
        return response


def _asker(request: HttpRequest) -> User:
    return cast(PersonRequest, request).user
