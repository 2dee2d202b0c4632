"""Commands that do something in somebody's name."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from webapp.accounts.queries import user_named
from webapp.core.errors import CrossScopeError


class TellingCommand(BaseCommand):
    """A command of which `work` does the work; what the house refuses is told as one sentence."""

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self.work(*args, **options)
        except CrossScopeError as error:
            raise CommandError(error.message) from error

    def work(self, *args: Any, **options: Any) -> None:
        raise NotImplementedError


def add_actor_argument(parser: ArgumentParser) -> None:
    """`--as USER`, as the option `username`."""
    parser.add_argument(
        "--as",
        "--by",
        dest="username",
        default="",
        metavar="USER",
        help="who does this, for the log; without it, the system's own account",
    )


class ActingCommand(TellingCommand):
    """`act` is given who acts as `by`: the person named, or the system's own account.

    The log keeps the name, and the person's permissions hold at the prompt as they do on a page.
    """

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_actor_argument(parser)

    def work(self, *args: Any, **options: Any) -> None:
        self.act(*args, by=user_named(options.pop("username")), **options)

    def act(self, *args: Any, **options: Any) -> None:
        raise NotImplementedError
