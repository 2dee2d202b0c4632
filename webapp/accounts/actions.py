from django.contrib.auth.models import Group
from django.db import transaction

from webapp.accounts.access import require
from webapp.accounts.models import User
from webapp.accounts.roles import ROLE_PERMISSIONS, Permission, Role
from webapp.core.errors import BadInput
from webapp.core.events import record_event


@transaction.atomic
def add_person(
    username: str, password: str, *, roles: frozenset[Role], display_name: str = "", by: User
) -> User:
    """A new account with these roles; an existing one of that name is left as it is.

    Raises:
        BadInput: the roles would let one person both review and see keys.
    """
    require(by, Permission.MANAGE_PEOPLE)
    check_roles(username, roles)
    existing = User.objects.filter(username=username).first()
    if existing is not None:
        return existing
    user = User.objects.create_user(
        username, password=password, display_name=display_name, is_staff=Role.ADMIN in roles
    )
    user.groups.set(Group.objects.filter(name__in=[role.value for role in roles]))
    record_event("add_person", user, by=by, after={"roles": sorted(role.value for role in roles)})
    return user


def check_roles(username: str, roles: frozenset[Role]) -> None:
    """
    Raises:
        BadInput: the roles would let one person both review and see keys.
    """
    granted = frozenset[Permission]().union(*(ROLE_PERMISSIONS[role] for role in roles))
    if {Permission.REVIEW_ITEMS, Permission.SEE_KEYS} <= granted:
        raise BadInput(f"{username} could both review and see keys; give one role or the other.")
