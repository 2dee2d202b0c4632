from training.contract.text import text_fault
from webapp.accounts.models import SYSTEM_USERNAME, User
from webapp.core.errors import BadInput


def system_user() -> User:
    """The account that workers and commands act as when no person asked; made on first use."""
    user, made = User.objects.get_or_create(
        username=SYSTEM_USERNAME,
        defaults={"display_name": "CrossScope", "is_superuser": True},
    )
    if made:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    return user


def user_named(username: str) -> User:
    """The person of that name, or the system's account for an empty name.

    Raises:
        BadInput: nobody has that name.
    """
    if not username:
        return system_user()
    readable = text_fault(username) is None  # the shell passes on bytes that are no text
    user = User.objects.filter(username=username, is_active=True).first() if readable else None
    if user is None:
        raise BadInput(f"Nobody is called {username!r} here; give an existing username.")
    return user
