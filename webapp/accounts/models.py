from django.contrib.auth.models import AbstractUser
from django.db import models

from webapp.accounts.roles import Permission

SYSTEM_USERNAME = "system"


class User(AbstractUser):
    """A person, or the system's own account, which nobody can log in to."""

    display_name = models.CharField(max_length=150, blank=True)

    class Meta(AbstractUser.Meta):
        permissions = tuple((permission.value, permission.label) for permission in Permission)

    def __str__(self) -> str:
        return self.display_name or self.username

    def may(self, permission: Permission) -> bool:
        return self.has_perm(f"accounts.{permission.value}")

    @property
    def is_system(self) -> bool:
        return self.username == SYSTEM_USERNAME
