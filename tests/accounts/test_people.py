"""Adding people, and finding who acts."""

import pytest

from tests.factories import make_user
from webapp.accounts.actions import add_person
from webapp.accounts.models import User
from webapp.accounts.queries import system_user, user_named
from webapp.accounts.roles import Permission, Role
from webapp.core.errors import BadInput, NotAllowed
from webapp.core.models import Event

pytestmark = pytest.mark.django_db


def add(username: str = "ada", *roles: Role, by: User | None = None) -> User:
    return add_person(username, "a-long-password", roles=frozenset(roles), by=by or system_user())


def test_a_person_gets_roles_and_an_event_tells_of_it() -> None:
    ada = add("ada", Role.PATHOLOGIST)
    assert User.objects.get(pk=ada.pk).may(Permission.REVIEW_ITEMS)
    event = Event.objects.get(verb="add_person")
    assert event.after == {"roles": ["pathologist"]}
    assert "a-long-password" not in str(event.after)


def test_the_password_is_stored_as_a_hash() -> None:
    ada = add()
    assert ada.check_password("a-long-password")
    assert "a-long-password" not in ada.password


def test_an_existing_account_is_left_as_it_is() -> None:
    first = add("ada", Role.PATHOLOGIST)
    again = add_person("ada", "another", roles=frozenset({Role.ADMIN}), by=system_user())
    assert again.pk == first.pk
    assert again.check_password("a-long-password")
    assert not User.objects.get(pk=again.pk).may(Permission.MANAGE_PEOPLE)
    assert Event.objects.filter(verb="add_person").count() == 1


def test_only_admins_open_djangos_own_admin() -> None:
    assert add("root", Role.ADMIN).is_staff
    assert not add("cleo", Role.CURATOR).is_staff


@pytest.mark.parametrize("role", [Role.CURATOR, Role.PATHOLOGIST])
def test_others_may_add_nobody(role: Role) -> None:
    with pytest.raises(NotAllowed):
        add("ada", by=make_user(role))
    assert not User.objects.filter(username="ada").exists()


def test_nobody_both_reviews_and_sees_keys() -> None:
    with pytest.raises(BadInput, match="both review and see keys"):
        add("both", Role.PATHOLOGIST, Role.CURATOR)
    assert not User.objects.filter(username="both").exists()


def test_a_username_names_the_person_and_none_the_system() -> None:
    ada = add()
    assert user_named("ada").pk == ada.pk
    assert user_named("").is_system


def test_a_wrong_or_inactive_username_is_refused_in_a_sentence() -> None:
    make_user(username="gone", is_active=False)
    for name in ("nobody", "gone"):
        with pytest.raises(BadInput, match="Nobody is called"):
            user_named(name)
