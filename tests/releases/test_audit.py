"""The audit report: plain values in, JSON out."""

import json
from dataclasses import replace

import pytest

from tests.items.leaks import phrase, question_set
from tests.items.questions import question
from webapp.items.leakage import LEARNED, STRUCTURAL
from webapp.items.lettering import letter
from webapp.items.mcq import Dimension
from webapp.releases.audit import (
    Audited,
    audit_report,
    facets,
    gate_told,
    leak_bars,
    leak_rows,
    lint_rows,
    size_rows,
)


def one(number: int, split: str = "train", organ: str = "colon") -> Audited:
    mcq = question(dimension=Dimension("ABCDE"[number % 5]))
    return Audited(
        mcq=mcq,
        order=letter(mcq.options, f"{number}"),
        split=split,
        patient=f"p{number % 4}",
        slide=f"s{number % 6}",
        organ=organ,
    )


@pytest.fixture
def members() -> list[Audited]:
    splits = ["train"] * 7 + ["val"] + ["test"] * 2
    return [one(number, split) for number, split in enumerate(splits)]


def test_counts_add_up_in_every_facet(members: list[Audited]) -> None:
    report = audit_report(members, seed=1)
    assert report["items"] == 10
    assert report["patients"] == 4
    assert [report["splits"][name]["items"] for name in ("train", "val", "test")] == [7, 1, 2]
    for counts in report["splits"].values():
        for facet in (counts["dimension"], counts["organ"], counts["letter"]):
            assert sum(facet.values()) == counts["items"]


def test_values_that_do_not_occur_count_zero(members: list[Audited]) -> None:
    val = audit_report(members, seed=1)["splits"]["val"]
    assert list(val["letter"]) == ["A", "B", "C", "D"]
    assert list(val["dimension"]) == ["A", "B", "C", "D", "E"]


def test_the_order_of_the_members_does_not_show(members: list[Audited]) -> None:
    assert audit_report(members, seed=1) == audit_report(members[::-1], seed=1)


def test_the_report_is_json(members: list[Audited]) -> None:
    report = audit_report(members, seed=1)
    assert json.loads(json.dumps(report)) == report


def test_an_organ_that_nobody_gave_is_said_so() -> None:
    assert audit_report([one(1, organ="")], seed=1)["splits"]["train"]["organ"] == {"not stated": 1}


def test_no_members_give_an_empty_report() -> None:
    report = audit_report([], seed=1)
    assert report["items"] == 0
    assert report["leakage"] == {}


def test_every_adversary_has_a_row_and_a_whisker(members: list[Audited]) -> None:
    report = audit_report(members, seed=1)
    rows = leak_rows(report["leakage"])
    bars = leak_bars(report["leakage"], by_dimension=False)
    assert [row.adversary for row in rows] == list(report["leakage"])
    assert [cell.heading for cell in rows[0].cells] == ["All", "A", "B", "C", "D", "E"]
    assert all(bar.low is not None and bar.low <= bar.value <= (bar.high or 0) for bar in bars)
    assert len(leak_bars(report["leakage"], by_dimension=True)) == 5 * len(bars)


def test_below_a_hundred_questions_nothing_is_learned(members: list[Audited]) -> None:
    report = audit_report(members, seed=1)
    assert set(report["leakage"]) == {one.name for one in STRUCTURAL}
    told = gate_told(report)
    assert told is not None
    assert told.tone == "warn"
    assert any("10 questions are too few to tell" in sentence for sentence in told.sentences)


def leaky(count: int, patients: int = 10) -> list[Audited]:
    items, names = question_set(phrase, count=count, patients=patients)
    return [
        Audited(mcq, letter(mcq.options, mcq.key), "train", patient, patient, "colon")
        for mcq, patient in zip(items, names, strict=True)
    ]


def test_the_learned_probes_condemn_a_leaky_release() -> None:
    alive: list[int] = []
    members = leaky(100)
    report = audit_report(members, seed=1, progress=lambda done, _total: alive.append(done))
    assert set(report["leakage"]) == {one.name for one in STRUCTURAL} | set(LEARNED)
    assert len(alive) > 50
    told = gate_told(report)
    assert told is not None
    assert (told.tone, told.title) == ("danger", "The text gives keys away")
    assert any(sentence.startswith("Stacked probe finds") for sentence in told.sentences)
    rows = {
        row.adversary: row.cells[0].verdict for row in leak_rows(report["leakage"], report["gate"])
    }
    assert rows["stacked_probe"] == "above chance"
    assert rows["longest"] == "covers chance"
    assert json.loads(json.dumps(report)) == report
    assert report == audit_report(members[::-1], seed=1)


def test_twins_are_kept_together() -> None:
    members = [
        replace(one, twin_group="t" if one.patient in ("p1", "p2") else "") for one in leaky(20)
    ]
    assert audit_report(members, seed=1)["leakage"]["centroid"]["groups"] == 9


def test_marks_follow_the_gate_where_there_is_one(members: list[Audited]) -> None:
    report = audit_report(members, seed=1)
    found = report["leakage"]["longest"]
    found["accuracy"], found["ci95"] = 0.6, [0.3, 0.8]
    assert leak_rows(report["leakage"])[1].cells[0].verdict == "above chance"
    assert leak_rows(report["leakage"], report["gate"])[1].cells[0].verdict == "covers chance"
    tones = [
        leak_bars(report["leakage"], by_dimension=False, gate=gate)[1].tone
        for gate in (None, report["gate"])
    ]
    assert tones == [2, 1]


def test_an_audit_from_before_the_gate_is_shown_without_one(members: list[Audited]) -> None:
    report = audit_report(members, seed=1)
    del report["gate"]  # type: ignore[misc]  # as a stored report may be
    assert gate_told(report) is None
    assert gate_told(audit_report([], seed=1)) is None


def test_few_values_are_stacked_and_many_are_bars() -> None:
    members = [one(number, organ=f"organ {number}") for number in range(8)]
    by_title = {facet.heading: facet for facet in facets(audit_report(members, seed=1))}
    assert by_title["Key letter"].stacks
    assert not by_title["Key letter"].bars
    assert by_title["Organ"].bars
    assert not by_title["Organ"].stacks


def test_sizes_and_lint_become_rows(members: list[Audited]) -> None:
    report = audit_report(members, seed=1)
    sizes = {row.value: row for row in size_rows(report)}
    assert sizes["Items"].by_split == (7, 1, 2)
    assert sizes["With a 10x image"].total == 10
    assert [row.rule for row in lint_rows(report)] == list(report["lint"])
