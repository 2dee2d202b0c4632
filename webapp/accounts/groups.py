"""The role table written to Django's groups after each migrate."""

from typing import Any

from django.apps import AppConfig
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group
from django.contrib.auth.models import Permission as DjangoPermission

from webapp.accounts.roles import ROLE_PERMISSIONS


def write_groups(sender: AppConfig, **_: Any) -> None:
    # Django makes the permissions on this same signal, and after us: on a new database there
    # would be none to give.
    create_permissions(sender, verbosity=0)
    for role, permissions in ROLE_PERMISSIONS.items():
        group, _made = Group.objects.get_or_create(name=role.value)
        group.permissions.set(
            DjangoPermission.objects.filter(
                content_type__app_label="accounts", codename__in=[p.value for p in permissions]
            )
        )
