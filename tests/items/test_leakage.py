"""The structural adversaries and what their guesses are worth."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.items.questions import published_questions, question, with_texts
from webapp.items.leakage import (
    STRUCTURAL,
    Adversary,
    Centroid,
    Longest,
    QuestionOverlap,
    Shortest,
    guess,
    structural_report,
)
from webapp.items.mcq import Dimension, Option

TEXTS = st.lists(st.text(alphabet="ab c", max_size=12), min_size=4, max_size=4)


@dataclass(frozen=True)
class Fixed:
    """An adversary with given scores."""

    scores: tuple[float, ...]
    name: str = "fixed"
    version: str = "1"

    def choose(self, stem: str, options: object) -> tuple[float, ...]:
        return self.scores


def test_the_centroid_finds_the_key_of_one_edit_distractors() -> None:
    mcq = with_texts("pale nests and cords", "pale nests", "pale cords", "nests and cords")
    guessed = guess(Centroid(), mcq)
    assert (guessed.option_id, guessed.correct) == ("o0", 1.0)
    assert guessed.confidence > 0


def test_the_centroid_is_blind_to_a_factorial() -> None:
    mcq = with_texts("pale nests", "pale cords", "dark nests", "dark cords", key=2)
    assert guess(Centroid(), mcq).correct == 0.25
    assert guess(Centroid(), mcq).confidence == 0


def test_length_and_overlap_choose_what_they_say() -> None:
    mcq = question(
        stem="Where are the clear cells?",
        options=(
            Option("o0", "the clear cells"),
            Option("o1", "nest"),
            Option("o2", "a very long option"),
            Option("o3", "clear cord"),
        ),
    )
    assert guess(Longest(), mcq).option_id == "o2"
    assert guess(Shortest(), mcq).option_id == "o1"
    assert guess(QuestionOverlap(), mcq).option_id == "o0"


@pytest.mark.parametrize(
    ("scores", "correct", "confidence"),
    [
        ((0.9, 0.4, 0.1, 0.0), 1.0, 0.5),
        ((0.9, 0.9, 0.1, 0.0), 0.5, 0.0),
        ((0.2, 0.2, 0.2, 0.2), 0.25, 0.0),
        ((0.1, 0.9, 0.9, 0.0), 0.0, 0.0),
    ],
)
def test_ties_are_split(scores: tuple[float, ...], correct: float, confidence: float) -> None:
    guessed = guess(Fixed(scores), with_texts("a", "b", "c", "d"))
    assert guessed.correct == pytest.approx(correct)
    assert guessed.confidence == pytest.approx(confidence)


@given(st.sampled_from(STRUCTURAL), TEXTS, st.randoms(use_true_random=False))
def test_no_adversary_looks_at_the_order(
    adversary: Adversary, texts: list[str], rng: object
) -> None:
    mcq = with_texts(*texts)
    turned = question(options=mcq.options[::-1], key=mcq.key, rationale="")
    assert guess(adversary, mcq) == guess(adversary, turned)


@given(st.sampled_from(STRUCTURAL), TEXTS)
def test_scores_are_shares(adversary: Adversary, texts: list[str]) -> None:
    scores = adversary.choose("a b", texts)
    assert len(scores) == len(texts)
    assert all(0 <= score <= 1 for score in scores)


def test_the_report_has_every_adversary_and_dimension() -> None:
    items = [question(dimension=dimension) for dimension in (Dimension.A, Dimension.A, Dimension.E)]
    report = structural_report(items, ["p1", "p2", "p2"])
    assert set(report) == {"centroid", "longest", "shortest", "question_overlap"}
    centroid = report["centroid"]
    assert (centroid["accuracy"], centroid["n"], centroid["groups"]) == (0.25, 3, 2)
    assert {name: one["n"] for name, one in centroid["by_dimension"].items()} == {"A": 2, "E": 1}


def test_a_report_on_nothing_claims_nothing() -> None:
    report = structural_report([], [])
    assert report["centroid"]["accuracy"] is None
    assert report["centroid"]["ci95"] is None
    assert report["centroid"]["n"] == 0


def test_a_group_for_each_question_is_required() -> None:
    with pytest.raises(ValueError, match="1 questions have 0 groups"):
        structural_report([question()], [])


def test_the_published_split_leaks_its_key_to_the_centroid(shared_data: Path) -> None:
    slides, items = zip(*published_questions(shared_data), strict=True)
    report = structural_report(items, slides)
    low, high = report["centroid"]["ci95"] or [1.0, 0.0]
    assert low <= 0.559 <= high
    assert low > 0.25
    low, high = report["longest"]["ci95"] or [1.0, 0.0]
    assert low <= 0.25 <= high
    backwards = structural_report(items[::-1], slides[::-1])
    assert backwards == report
