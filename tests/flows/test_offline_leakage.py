"""What the offline engine asks about phantoms gives nothing away to any adversary, and the same
adversaries see a leak that is put in.
"""

import pytest
from rich.console import Console

from benchmarks.leakage_table import Row, show, try_all
from benchmarks.phantom_questions import Asked, ask, phantom_facts
from webapp.generation.catalog import TripletFacts
from webapp.generation.config import Scheme
from webapp.items.leakage import LEARNED, STRUCTURAL

PATIENTS = 240
QUESTIONS = 2_000
SEED = 1
NAMES = {one.name for one in STRUCTURAL} | {*LEARNED}
COUNTING = {"text_majority", "text_minority", "phrase_majority", "phrase_minority"}


@pytest.fixture(scope="module")
def facts() -> list[TripletFacts]:
    return phantom_facts(PATIENTS)


def shown(title: str, rows: list[Row]) -> dict[str, Row]:
    show(title, rows, Console(width=100))
    return {row.adversary: row for row in rows}


@pytest.mark.parametrize("scheme", Scheme)
def test_every_adversary_is_within_its_interval_of_chance(
    facts: list[TripletFacts], scheme: Scheme
) -> None:
    asked = ask(facts, scheme, count=QUESTIONS, seed=SEED)
    assert len(asked.items) == QUESTIONS
    assert len({one.organ for one in facts}) == 6
    rows = shown(f"{scheme.value}: {QUESTIONS:,} questions", try_all(asked))
    assert set(rows) == NAMES | COUNTING
    assert [row for row in rows.values() if not row.covers_chance] == []
    assert all(row.high - row.low < 0.06 for row in rows.values())


def test_a_phrase_that_is_right_too_often_is_seen(facts: list[TripletFacts]) -> None:
    """Of each two findings the one that comes first by name is made the right one more often."""
    asked = ask(facts, Scheme.FACTORIAL, count=800, seed=SEED)
    kept = [
        place
        for place, plan in enumerate(asked.plans)
        if plan.second_true < plan.second_false or plan.number % 3 == 0
    ]
    leaky = Asked(
        items=tuple(asked.items[place] for place in kept),
        plans=tuple(asked.plans[place] for place in kept),
        patients=tuple(asked.patients[place] for place in kept),
    )
    rows = shown(f"{len(kept)} questions with a leak", try_all(leaky))
    for name in ("ngram_probe", "difference_probe", "stacked_probe", "phrase_majority"):
        assert rows[name].low > 0.25
    assert rows["phrase_minority"].high < 0.25
