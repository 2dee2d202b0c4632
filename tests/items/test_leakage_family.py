"""The learned probes: they find what leaks, and nothing where nothing does."""

import multiprocessing
import random
from dataclasses import replace

import pytest

from tests.items.leaks import Write, edited, fair, of_patient, phrase, question_set
from webapp.items.leakage import LEARNED, AdversaryReport, Family, judge, run_family
from webapp.items.mcq import Mcq, Option

Reports = dict[str, AdversaryReport]


def accuracy(family: Family, name: str) -> float:
    found = family.reports()[name]["accuracy"]
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("write", "probe"),
    [(phrase, "ngram_probe"), (phrase, "difference_probe"), (edited, "structure_probe")],
)
def test_a_planted_leak_is_found(write: Write, probe: str) -> None:
    family = run_family(*question_set(write))
    assert accuracy(family, probe) > 0.9
    assert accuracy(family, "stacked_probe") > 0.9
    assert judge(family, family.reports())["verdict"] == "leaks"


def test_a_leak_of_words_is_none_of_length() -> None:
    family = run_family(*question_set(phrase))
    low, high = family.reports()["longest"]["ci95"] or (1.0, 0.0)
    assert low <= 0.25 <= high


@pytest.mark.parametrize("seed", [1, 2])
def test_questions_that_do_not_leak_are_at_chance(seed: int) -> None:
    items, patients = question_set(fair, seed=seed)
    family = run_family(items, patients)
    assert judge(family, family.reports())["verdict"] == "too few to tell"


def test_what_holds_for_one_patient_only_is_not_learned() -> None:
    items, patients = question_set(of_patient(12))
    low, high = run_family(items, patients).reports()["difference_probe"]["ci95"] or (1.0, 0.0)
    assert low <= 0.25 <= high
    halves = ["one"] * 60 + ["other"] * 60  # each with questions of every patient
    assert accuracy(run_family(items, halves), "difference_probe") > 0.9


def quads() -> tuple[list[Mcq], list[str], list[str]]:
    """Forty texts, each asked of four patients with another option true of each."""
    texts, _ = question_set(fair, count=40)
    items, patients, groups = [], [], []
    for number, mcq in enumerate(texts):
        for member, option in enumerate(mcq.options):
            items.append(replace(mcq, key=option.id))
            patients.append(f"block {number % 10}, patient {member}")
            groups.append(f"text {number}")
    return items, patients, groups


def test_texts_that_are_true_of_each_option_in_turn_say_nothing() -> None:
    items, patients, groups = quads()
    family = run_family(items, patients, groups)
    assert len(set(family.blocks)) == 10
    for name in LEARNED:
        assert accuracy(family, name) == pytest.approx(0.25)
    assert judge(family, family.reports())["verdict"] == "too few to tell"


def test_twins_that_straddle_folds_give_each_other_away() -> None:
    """Below chance: what was true of the others is not true of this one."""
    items, patients, _ = quads()
    family = run_family(items, patients, [""] * len(items))
    assert accuracy(family, "difference_probe") < 0.1
    assert judge(family, family.reports())["verdict"] == "leaks"


def test_neither_the_order_of_options_nor_that_of_questions_shows() -> None:
    items, patients = question_set(phrase, count=60, patients=6)
    rng = random.Random(1)
    turned = [replace(one, options=tuple(rng.sample(one.options, 4))) for one in items]
    places = rng.sample(range(len(items)), len(items))
    again = run_family([turned[i] for i in places], [patients[i] for i in places])
    first = run_family(items, patients)
    assert again.reports() == first.reports()
    for name in LEARNED:
        one, other = first.right[name], again.right[name]
        assert one is not None
        assert other is not None
        assert [one[i] for i in places] == list(other)


def test_processes_change_nothing() -> None:
    items, patients = question_set(edited, count=60, patients=6)
    told: list[tuple[int, int]] = []
    here = run_family(items, patients, progress=lambda done, total: told.append((done, total)))
    there = run_family(items, patients, jobs=2)
    assert here == there
    assert told[-1][0] == told[-1][1] == len(told)


def _run_in_daemon(queue: "multiprocessing.Queue[float]") -> None:
    family = run_family(*question_set(phrase, count=40, patients=4), jobs=2)
    queue.put(accuracy(family, "stacked_probe"))


def test_a_process_that_may_have_no_children_works_alone() -> None:
    context = multiprocessing.get_context("spawn")
    queue: multiprocessing.Queue[float] = context.Queue()
    child = context.Process(target=_run_in_daemon, args=(queue,), daemon=True)
    child.start()
    assert 0 <= queue.get(timeout=120) <= 1
    child.join()
    assert child.exitcode == 0


@pytest.mark.parametrize(
    ("count", "patients", "note"),
    [
        (0, 4, "0 questions are too few to tell"),
        (1, 1, "1 question is too few to tell"),
        (30, 1, "in one block"),
    ],
)
def test_what_cannot_be_learned_from_is_said(count: int, patients: int, note: str) -> None:
    family = run_family(*question_set(fair, count=count, patients=patients))
    reports = family.reports()
    assert note in family.notes[0]
    assert {reports[name]["accuracy"] for name in LEARNED} == {None}
    assert judge(family, reports)["verdict"] == "too few to tell"


@pytest.mark.parametrize("patients", [2, 3])
def test_few_patients_give_few_folds(patients: int) -> None:
    family = run_family(*question_set(phrase, count=60, patients=patients))
    assert f"{patients} blocks of patients, fewer than 10" in family.notes[0]
    assert accuracy(family, "stacked_probe") > 0.9


def test_a_broken_question_is_refused() -> None:
    items, patients = question_set(fair, count=20, patients=4)
    broken: list[Mcq] = [replace(items[0], key="none"), *items[1:]]
    with pytest.raises(ValueError, match="cannot be learned from"):
        run_family(broken, patients)


def test_equal_options_are_ties() -> None:
    items, patients = question_set(phrase, count=40, patients=4)
    same = [
        replace(one, options=tuple(Option(option.id, "the same") for option in one.options))
        for one in items[:2]
    ]
    family = run_family([*same, *items[2:]], patients)
    for name, right in family.right.items():
        assert right is not None, name
        assert right[0] == pytest.approx(0.25)
