"""`manage.py add_person ada --role admin`: asks for the password, or reads one line of it."""

import getpass
import sys
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError

from webapp.accounts.actions import add_person
from webapp.accounts.management.acting import ActingCommand
from webapp.accounts.models import User
from webapp.accounts.roles import Role


class Command(ActingCommand):
    help = "Add a person with a role; the password is asked for, or read from a pipe."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("new_username", metavar="USERNAME")
        parser.add_argument("--role", required=True, choices=[role.value for role in Role])
        parser.add_argument("--name", default="", help="how pages call the person")
        super().add_arguments(parser)

    def act(
        self, *_args: Any, by: User, new_username: str, role: str, name: str, **_options: Any
    ) -> None:
        if User.objects.filter(username=new_username).exists():
            raise CommandError(f"{new_username} has an account already; choose another username.")
        try:
            User(username=new_username, display_name=name).clean_fields(exclude=["password"])
            password = _password()
            validate_password(password, User(username=new_username))
            user = add_person(
                new_username,
                password,
                roles=frozenset({Role(role)}),
                display_name=name,
                by=by,
            )
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        self.stdout.write(f"{user.username} can log in as {role}.")


def _password() -> str:
    if sys.stdin.isatty():
        return getpass.getpass("Password: ")
    return sys.stdin.readline().rstrip("\n")
