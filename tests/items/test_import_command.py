"""`manage.py import_questions FILE.json --as USER`."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.factories import make_user
from tests.items.published_files import (
    published_row,
    write_rows,
)
from webapp.accounts.roles import Role
from webapp.items.models import Item

pytestmark = pytest.mark.django_db


def test_the_command_says_what_came_of_it(tmp_path: Path) -> None:
    rows = [published_row(1), published_row(2, answer="Z"), published_row(3)]
    file = write_rows(tmp_path / "q.json", rows)
    make_user(Role.CURATOR, "cleo")
    out = StringIO()
    call_command("import_questions", str(file), "--as", "cleo", stdout=out)
    text = out.getvalue()
    assert "q.json, row 2: answer is 'Z'" in text
    assert "2 added, 1 refused" in text
    assert Item.objects.first().created_by.username == "cleo"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (["nowhere.json"], "There is no file .*nowhere.json"),
        (["nowhere.json", "--as", "nobody"], "Nobody is called 'nobody'"),
    ],
)
def test_the_command_refuses_in_a_sentence(arguments: list[str], fault: str) -> None:
    with pytest.raises(CommandError, match=fault):
        call_command("import_questions", *arguments, stdout=StringIO())


def test_a_pathologist_may_not_import(tmp_path: Path) -> None:
    make_user(Role.PATHOLOGIST, "ada")
    file = write_rows(tmp_path / "q.json", [published_row(1)])
    with pytest.raises(CommandError, match="lacks the permission"):
        call_command("import_questions", str(file), "--as", "ada", stdout=StringIO())
