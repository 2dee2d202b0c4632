"""Who may do what is one table, written to Django's groups."""

import pytest
from django.contrib.auth.models import Group

from tests.factories import make_user
from webapp.accounts.groups import write_groups
from webapp.accounts.queries import system_user
from webapp.accounts.roles import ROLE_PERMISSIONS, Permission, Role


def test_no_role_both_sees_keys_and_reviews() -> None:
    both = {Permission.SEE_KEYS, Permission.REVIEW_ITEMS}
    assert not [role for role, granted in ROLE_PERMISSIONS.items() if both <= granted]


def test_every_permission_belongs_to_a_role() -> None:
    assert frozenset().union(*ROLE_PERMISSIONS.values()) == frozenset(Permission)


def test_every_permission_tells_what_it_allows() -> None:
    assert all(permission.label.startswith("Can ") for permission in Permission)


@pytest.mark.django_db
@pytest.mark.parametrize("role", Role)
def test_the_first_migrate_has_given_each_group_its_permissions(role: Role) -> None:
    group = Group.objects.get(name=role.value)
    codenames = {permission.codename for permission in group.permissions.all()}
    assert codenames == {permission.value for permission in ROLE_PERMISSIONS[role]}


@pytest.mark.django_db
@pytest.mark.parametrize("role", Role)
def test_a_person_may_what_the_role_may_and_no_more(role: Role) -> None:
    person = make_user(role)
    assert {one for one in Permission if person.may(one)} == set(ROLE_PERMISSIONS[role])


@pytest.mark.django_db
def test_a_permission_taken_by_hand_comes_back_with_the_next_migrate() -> None:
    from django.apps import apps

    Group.objects.get(name=Role.CURATOR.value).permissions.clear()
    write_groups(apps.get_app_config("accounts"))
    assert make_user(Role.CURATOR).may(Permission.SEE_KEYS)


@pytest.mark.django_db
def test_somebody_without_a_role_or_no_longer_active_may_nothing() -> None:
    assert not [one for one in Permission if make_user().may(one)]
    gone = make_user(Role.ADMIN, is_active=False)
    assert not [one for one in Permission if gone.may(one)]


@pytest.mark.django_db
def test_the_system_may_everything_and_cannot_log_in() -> None:
    system = system_user()
    assert all(system.may(one) for one in Permission)
    assert not system.has_usable_password()
    assert system.is_system
    assert system_user().pk == system.pk
