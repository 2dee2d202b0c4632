"""People in Django's admin: by admins alone, blind rule kept, every change an event."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import make_user
from webapp.accounts.models import User
from webapp.accounts.queries import system_user
from webapp.accounts.roles import Permission, Role
from webapp.core.models import Event

pytestmark = pytest.mark.django_db

ADD = "/admin/accounts/user/add/"
PASSWORD = "a-long-and-odd-password"


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(make_user(Role.ADMIN, "root", is_staff=True))
    return client


def group_ids(*roles: Role) -> list[int]:
    people = [make_user(role) for role in roles]
    return [group.pk for person in people for group in person.groups.all()]


def change(client: Client, person: User, **fields: Any) -> Any:
    sent = {"username": person.username, "is_active": "on", "groups": [], **fields}
    return client.post(reverse("admin:accounts_user_change", args=(person.pk,)), sent)


def add(client: Client, username: str, *roles: Role) -> Any:
    passwords = {"usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}
    return client.post(ADD, {"username": username, "groups": group_ids(*roles), **passwords})


def test_an_admin_adds_a_person_who_can_then_do_their_work(admin: Client) -> None:
    assert admin.get(ADD).status_code == 200
    assert add(admin, "ada", Role.PATHOLOGIST).status_code == 302
    ada = User.objects.get(username="ada")
    assert ada.may(Permission.REVIEW_ITEMS)
    assert not ada.is_staff
    assert ada.check_password(PASSWORD)
    event = Event.objects.get(verb="add_person", object_id=str(ada.pk))
    assert event.actor_name == "root"
    assert event.after is not None
    assert event.after["roles"] == ["pathologist"]
    assert "password" not in str(event.after)


def test_a_new_admin_gets_into_these_pages(admin: Client) -> None:
    add(admin, "ann", Role.ADMIN)
    assert User.objects.get(username="ann").is_staff


def test_a_change_is_an_event_with_before_and_after(admin: Client) -> None:
    cleo = make_user(Role.CURATOR, "cleo", is_staff=True)
    answer = change(admin, cleo, groups=group_ids(Role.PATHOLOGIST), display_name="Cleo")
    assert answer.status_code == 302
    event = Event.objects.get(verb="change_person")
    assert (event.before or {})["roles"] == ["curator"]
    assert (event.after or {})["roles"] == ["pathologist"]
    assert not User.objects.get(pk=cleo.pk).is_staff


def test_nothing_changed_is_no_event(admin: Client) -> None:
    cleo = make_user(username="cleo")
    assert change(admin, cleo).status_code == 302
    assert not Event.objects.filter(verb="change_person").exists()


def test_nobody_gets_to_review_and_to_see_keys(admin: Client) -> None:
    answer = add(admin, "both", Role.PATHOLOGIST, Role.CURATOR)
    assert "could both review and see keys" in answer.content.decode()
    assert not User.objects.filter(username="both").exists()
    cleo = make_user(Role.CURATOR, "cleo")
    answer = change(admin, cleo, groups=group_ids(Role.PATHOLOGIST, Role.CURATOR))
    assert "could both review and see keys" in answer.content.decode()
    assert not User.objects.get(pk=cleo.pk).may(Permission.REVIEW_ITEMS)


def test_a_new_password_is_an_event_that_does_not_tell_it(admin: Client) -> None:
    ada = make_user(username="ada")
    address = reverse("admin:auth_user_password_change", args=(ada.pk,))
    sent = {"usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}
    assert admin.post(address, {**sent, "password2": "another"}).status_code == 200
    assert not Event.objects.filter(verb="set_password").exists()
    assert admin.post(address, sent).status_code == 302
    event = Event.objects.get(verb="set_password")
    assert (event.object_id, event.before, event.after) == (str(ada.pk), None, None)


def test_an_admin_takes_over_nobody_who_may_more(admin: Client) -> None:
    chief = make_user(username="chief", is_superuser=True, is_staff=True)
    for person in (chief, system_user()):
        assert person.username not in admin.get("/admin/accounts/user/").content.decode()
        address = reverse("admin:auth_user_password_change", args=(person.pk,))
        sent = {"usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}
        admin.post(address, sent)
        assert not User.objects.get(pk=person.pk).check_password(PASSWORD)
        change(admin, person, is_active="")
        assert User.objects.get(pk=person.pk).is_active


def test_nobody_makes_themselves_a_superuser(admin: Client) -> None:
    root = User.objects.get(username="root")
    change(admin, root, groups=group_ids(Role.ADMIN), is_superuser="on")
    assert not User.objects.get(pk=root.pk).is_superuser


def test_nobody_is_deleted(admin: Client) -> None:
    ada = make_user(username="ada")
    admin.post(reverse("admin:accounts_user_delete", args=(ada.pk,)), {"post": "yes"})
    sent = {"action": "delete_selected", "_selected_action": [ada.pk], "post": "yes"}
    admin.post("/admin/accounts/user/", sent)
    assert User.objects.filter(pk=ada.pk).exists()


@pytest.mark.parametrize("role", [Role.CURATOR, Role.PATHOLOGIST])
def test_staff_alone_manages_nobody(client: Client, role: Role) -> None:
    client.force_login(make_user(role, is_staff=True))
    for address in ("/admin/accounts/user/", ADD):
        assert client.get(address).status_code == 403


def test_groups_are_not_edited_by_hand(client: Client) -> None:
    client.force_login(make_user(is_superuser=True, is_staff=True))
    assert client.get("/admin/auth/group/").status_code == 404
