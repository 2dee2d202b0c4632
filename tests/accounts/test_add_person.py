import io
from collections.abc import Callable

import pytest
from django.core.management import CommandError, call_command

from tests.factories import make_user
from webapp.accounts.models import User
from webapp.accounts.roles import Permission, Role
from webapp.core.models import Event

pytestmark = pytest.mark.django_db

Type = Callable[[str], None]


@pytest.fixture
def type_in(monkeypatch: pytest.MonkeyPatch) -> Type:
    return lambda line: monkeypatch.setattr("sys.stdin", io.StringIO(f"{line}\n"))


def test_the_person_gets_the_role_and_the_password(type_in: Type) -> None:
    type_in("haematoxylin-7")
    call_command("add_person", "ada", role="admin", name="Ada")
    ada = User.objects.get(username="ada")
    assert ada.check_password("haematoxylin-7")
    assert ada.may(Permission.FREEZE_RELEASES)
    assert not ada.may(Permission.REVIEW_ITEMS)
    assert Event.objects.filter(verb="add_person", object_id=str(ada.pk)).count() == 1


@pytest.mark.parametrize(
    ("username", "password", "fault"),
    [
        ("ada", "1234", "too short"),
        ("ada", "", "too short"),
        ("a b", "haematoxylin-7", "valid username"),
        ("bob", "haematoxylin-7", "has an account already"),
    ],
)
def test_what_cannot_be_used_is_refused(
    type_in: Type, username: str, password: str, fault: str
) -> None:
    make_user(username="bob")
    type_in(password)
    with pytest.raises(CommandError, match=fault):
        call_command("add_person", username, role="curator")
    assert not User.objects.filter(username=username).exclude(username="bob").exists()


def test_only_who_manages_people_may_add_them(type_in: Type) -> None:
    make_user(Role.CURATOR, "cora")
    type_in("haematoxylin-7")
    with pytest.raises(CommandError, match="lacks the permission"):
        call_command("add_person", "ada", role="admin", username="cora")
    assert not User.objects.filter(username="ada").exists()
