"""`manage.py audit_questions FILE.json [--json] [--jobs N]`."""

import json
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.house.tree import ROOT
from tests.items.leaks import phrase, question_set
from tests.items.published_files import Row, published_row, write_rows
from webapp.items.lint import RULES

ADVERSARIES = {
    "centroid", "longest", "shortest", "question_overlap",
    "ngram_probe", "structure_probe", "difference_probe", "stacked_probe",
}  # fmt: skip


def leaky_rows(count: int = 40, slides: int = 10) -> list[Row]:
    rows = []
    for number, mcq in enumerate(question_set(phrase, count=count)[0]):
        row = published_row(
            number,
            question=mcq.stem,
            options=dict(zip("ABCD", mcq.texts, strict=True)),
            answer="ABCD"[mcq.option_ids.index(mcq.key)],
        )
        row["extra_info"]["wsi_name"] = f"slide-{number % slides}"
        rows.append(row)
    return rows


def audit(path: Path, *arguments: str) -> tuple[str, str]:
    """What the command says on stdout and stderr."""
    out, err = StringIO(), StringIO()
    call_command("audit_questions", str(path), "--jobs=1", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def audit_json(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(audit(path, "--json")[0])
    return found


def test_the_json_has_items_adversaries_and_every_rule(tmp_path: Path) -> None:
    found = audit_json(write_rows(tmp_path / "q.json", leaky_rows()))
    assert set(found) == {"items", "adversaries", "lint"}
    assert found["items"] == 40
    assert set(found["adversaries"]) == ADVERSARIES
    assert set(found["lint"]) == {rule.name for rule in RULES}
    assert found["lint"]["stale_letter"] == 40
    assert found["lint"]["missing_scale"] == 0
    for one in found["adversaries"].values():
        assert set(one) == {"accuracy", "ci95", "n", "version", "groups", "by_dimension"}
        assert (one["n"], one["groups"]) == (40, 10)
        assert one["ci95"][0] <= one["accuracy"] <= one["ci95"][1]
        assert set(one["by_dimension"]) == set("ABCDE")
    assert found["adversaries"]["stacked_probe"]["ci95"][0] > 0.25


def test_the_table_shows_all_of_it(tmp_path: Path) -> None:
    out, err = audit(write_rows(tmp_path / "q.json", leaky_rows()))
    assert "40 questions." in out
    for name in (*ADVERSARIES, *(rule.name for rule in RULES)):
        assert name in out
    assert "As a family: leaks." in out
    assert err == ""


def test_what_cannot_be_answered_is_counted_and_left_out(tmp_path: Path) -> None:
    rows = leaky_rows()
    rows[3]["answer"] = "E"
    rows[4]["options"]["B"] = rows[4]["options"]["A"]
    out, err = audit(write_rows(tmp_path / "q.json", rows), "--json")
    found = json.loads(out)
    assert found["items"] == 40
    assert found["lint"]["answer_not_an_option"] == 1
    assert found["lint"]["duplicate_options"] == 1
    assert found["adversaries"]["centroid"]["n"] == 38
    assert "q.json, row 4: left out of the adversaries because of answer_not_an_option." in err
    assert "q.json, row 5: left out of the adversaries because of duplicate_options." in err


def test_a_row_that_cannot_be_read_is_named_and_the_others_are_audited(tmp_path: Path) -> None:
    rows = leaky_rows()
    del rows[1]["question"]
    del rows[2]["options"]["D"]
    path = write_rows(tmp_path / "q.json", rows)
    out, err = StringIO(), StringIO()
    with pytest.raises(CommandError, match="Not every row could be audited"):
        call_command("audit_questions", str(path), "--json", "--jobs=1", stdout=out, stderr=err)
    assert json.loads(out.getvalue())["items"] == 38
    assert "q.json, row 2: question is missing; add it." in err.getvalue()
    assert "q.json, row 3: options.D is missing; add it." in err.getvalue()


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (None, "There is no file .*q.json"),
        ("[", "q.json is not JSON: .* line 1, column 2"),
        ("{}", "q.json must hold a list"),
        ("[]", "q.json holds no question"),
        ("[3]", "q.json, row 1: the row must be an object"),
        (json.dumps([published_row(1, answer=None)]), "row 1: answer must be a text, not null"),
    ],
)
def test_a_file_without_questions_is_refused_in_a_sentence(
    tmp_path: Path, content: str | None, fault: str
) -> None:
    path = tmp_path / "q.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(CommandError, match=fault):
        audit(path)


@pytest.mark.parametrize(
    ("rows", "note"),
    [
        ([published_row(1)], "1 question is too few to tell"),
        (leaky_rows(slides=1), "in one block"),
        (leaky_rows(slides=4), "4 blocks of patients, fewer than 10"),
    ],
)
def test_what_could_not_be_learned_is_said(tmp_path: Path, rows: list[Row], note: str) -> None:
    out, err = audit(write_rows(tmp_path / "q.json", rows), "--json")
    assert note in err
    found = json.loads(out)
    assert set(found["adversaries"]) == ADVERSARIES
    assert found["adversaries"]["centroid"]["n"] == len(rows)
    tried = found["adversaries"]["stacked_probe"]["accuracy"]
    assert (tried is None) == ("fewer than" not in note)


@pytest.mark.parametrize("jobs", ["0", "-1", "two", "65"])
def test_a_number_of_processes_is_needed(tmp_path: Path, jobs: str) -> None:
    with pytest.raises(CommandError, match="give 1 to 64"):
        call_command("audit_questions", str(tmp_path / "q.json"), f"--jobs={jobs}")


def test_no_database_is_touched(shared_data: Path, tmp_path: Path) -> None:
    """In a process of its own: no engine is started, an absent database is not missed."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DATABASE_URL", "REDIS_URL", "CROSSCOPE_EAGER")
    }
    home = {"CROSSCOPE_HOME": str(tmp_path / "home"), "SECRET_KEY": "only-for-tests"}
    file = str(shared_data / "scale_vqa_val.json")
    done = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "audit_questions", file, "--json"],
        env=environment | home | {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "home").exists()
    assert "row 372: left out of the adversaries because of duplicate_options" in done.stderr
    found = json.loads(done.stdout)
    assert found["items"] == 450
    assert found["adversaries"]["stacked_probe"]["n"] == 449
    assert found["lint"]["stale_letter"] == 95
    assert found["lint"]["rationale_contradicts_key"] == 71


def test_without_a_database_named_none_is_started(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "q.json", [published_row(1)])
    keep = {name: os.environ[name] for name in ("PATH",) if name in os.environ}
    done = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "audit_questions", str(path)],
        env=keep | {"CROSSCOPE_HOME": str(tmp_path / "home"), "SECRET_KEY": "only-for-tests"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "1 question." in done.stdout
    assert not (tmp_path / "home").exists()
