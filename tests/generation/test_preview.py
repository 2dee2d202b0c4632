"""What a batch would cost is told before its launch, from what calls are really like."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from statistics import mean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation_configs.models import models
from tests.emulator.brain import Brain
from tests.generation.made_facts import made_facts
from tests.workers.pipeline.asker import BrainAsker
from tests.workers.pipeline.planned_items import facts, items, recipe, run
from webapp.generation.config import BatchConfig, Scheme
from webapp.generation.plan import make_plan
from webapp.generation.preview import SIZES, TRIES, Work, estimate, in_all, work_of
from workers.llm.schemas import wire_text
from workers.pipeline.asking import TRIES as ASKED
from workers.pipeline.decompose import decompose_by_model
from workers.pipeline.rounds import make

OFFERS = models()
CONFIG = BatchConfig(
    dimensions=("A",),
    count=100,
    generator="gpt-5",
    decomposer="gpt-5-mini",
    adversaries=("gemini-3-pro", "qwen3-max"),
    orders=4,
    rounds=3,
)
WORK = Work(captions=30, texts=100)


def calls(config: BatchConfig, leak_rate: float = 0.5) -> dict[tuple[str, str], tuple[int, int]]:
    rows = estimate(config, WORK, OFFERS, leak_rate=leak_rate)
    return {(row.stage, row.model): (row.calls, row.most_calls) for row in rows}


def test_each_stage_and_model_is_counted() -> None:
    assert calls(CONFIG) == {
        ("decompose", "gpt-5-mini"): (30, 30 * TRIES),
        ("generate", "gpt-5"): (175, 300 * TRIES),
        ("screen", "gemini-3-pro"): (700, 1200 * TRIES),
        ("screen", "qwen3-max"): (700, 1200 * TRIES),
        ("refine", "gemini-3-pro"): (44, 300 * TRIES),
        ("refine", "qwen3-max"): (44, 300 * TRIES),
    }


def test_offline_nothing_is_asked() -> None:
    assert estimate(BatchConfig(("A",), 100), WORK, OFFERS) == ()
    assert in_all(()) == (Decimal(0), Decimal(0))


def test_offline_questions_are_screened_once_and_not_written_again() -> None:
    config = BatchConfig(("A",), 100, adversaries=("qwen3-max",))
    assert calls(config) == {("screen", "qwen3-max"): (400, 400 * TRIES)}


def test_nothing_leaks_nothing_is_written_again() -> None:
    found = calls(CONFIG, leak_rate=0.0)
    assert found["generate", "gpt-5"][0] == 100
    assert found["refine", "qwen3-max"][0] == 0


@given(st.floats(0, 1), st.integers(1, 5), st.integers(1, 8))
def test_what_is_expected_is_never_more_than_the_most(
    leak_rate: float, rounds: int, orders: int
) -> None:
    config = replace(CONFIG, rounds=rounds, orders=orders)
    rows = estimate(config, WORK, OFFERS, leak_rate=leak_rate)
    assert all(row.calls <= row.most_calls and row.usd <= row.most_usd for row in rows)
    assert in_all(rows) == (sum(row.usd for row in rows), sum(row.most_usd for row in rows))


def test_a_price_is_that_of_the_tokens() -> None:
    (row,) = estimate(BatchConfig(("A",), 1, decomposer="gpt-5-mini"), Work(1, 0), OFFERS)
    offer = OFFERS["gpt-5-mini"]
    tokens_in, tokens_out = SIZES["decompose"].sent / 4, SIZES["decompose"].answered / 4
    tokens_out += offer.thinking_tokens / 4
    dollars = tokens_in * float(offer.usd_per_mtok_in) + tokens_out * float(offer.usd_per_mtok_out)
    assert float(row.usd) == pytest.approx(dollars / 1e6)


def test_twins_share_a_text_and_a_sample_stands_for_all() -> None:
    known = made_facts(64, seed=5, each_patient=4)
    for scheme, texts in ((Scheme.FACTORIAL, 1_000), (Scheme.TWINS, 250)):
        plan = make_plan(known, dimensions="ABCDE", count=100, seed=1, scheme=scheme)
        assert work_of(plan.items, count=1_000, captions=7) == Work(captions=7, texts=texts)
    assert work_of((), count=1_000, captions=0).texts == 0


def measured() -> Iterator[tuple[str, int, int]]:
    """Stage, characters sent and the most tokens of real requests."""
    asker = BrainAsker(brain=Brain(prone=0.3))
    for planned in items()[:30]:
        run(make(planned, facts()[planned.triplet], recipe(rounds=2), asker))
    for one in list(facts().values())[:5]:
        run(decompose_by_model(one.captions, asker, model="writer"))
    for stage, request in asker.asked:
        schema = wire_text(request.schema) if request.schema else ""
        yield stage, len(request.system + request.user + schema), request.max_tokens


def test_the_sizes_are_those_of_real_calls() -> None:
    found = list(measured())
    assert {stage for stage, *_ in found} == set(SIZES)
    for stage, size in SIZES.items():
        sent = [chars for each, chars, _ in found if each == stage]
        assert size.sent == pytest.approx(mean(sent), rel=0.25), stage
        assert {most for each, _, most in found if each == stage} == {size.most_tokens}
    assert TRIES == ASKED
