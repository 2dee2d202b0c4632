import re
from dataclasses import replace
from decimal import Decimal

import pytest

from annotation_configs.models import ModelOffer, models
from tests.workers.llm.conftest import Finding, OpenClient, Route, asked
from workers.llm.cost import cost_usd, estimate_tokens, worst_case_usd
from workers.llm.types import Image, Usage


@pytest.fixture
def model() -> ModelOffer:
    return replace(
        models()["gpt-5"],
        usd_per_mtok_in=Decimal("1.25"), usd_per_mtok_out=Decimal(10), thinking_tokens=0,
    )  # fmt: skip


def test_a_call_costs_its_tokens(model: ModelOffer) -> None:
    assert cost_usd(Usage(1_000_000, 0), model) == Decimal("1.25")
    assert cost_usd(Usage(900, 200), model) == Decimal("0.003125")
    assert cost_usd(Usage(), model) == 0


def test_the_worst_case_pays_for_every_token_that_may_come_back(model: ModelOffer) -> None:
    question = asked("gpt-5", max_tokens=1000)
    assert worst_case_usd(question, model) > Decimal("0.01")
    thinking = replace(model, thinking_tokens=1000)
    assert worst_case_usd(question, thinking) - worst_case_usd(question, model) == Decimal("0.01")


def test_images_and_the_schema_are_paid_for(model: ModelOffer) -> None:
    picture = Image("image/jpeg", b"x")
    plain = worst_case_usd(asked("gpt-5"), model)
    assert worst_case_usd(asked("gpt-5", images=(picture,)), model) > plain
    assert worst_case_usd(asked("gpt-5", schema=Finding), model) > plain


@pytest.mark.parametrize(
    "text",
    [
        "The tumour forms nests with a peripheral rim of palisading nuclei.",
        "adenocarcinoma, immunohistochemistry, lymphovascular",
        '{"title":"x","parts":[{"name":"a","weight":0.25}]}',
    ],
)
def test_the_estimate_has_a_token_for_every_word_and_for_three_letters(text: str) -> None:
    assert estimate_tokens(text) >= len(re.findall(r"\w+", text))
    assert estimate_tokens(text) >= len(text) / 3


def test_a_chinese_character_is_a_token_at_least() -> None:
    assert estimate_tokens("肿瘤细胞呈巢状排列") >= len("肿瘤细胞呈巢状排列")


def test_estimates_grow_with_the_text_and_the_images() -> None:
    picture = Image("image/jpeg", b"x")
    assert estimate_tokens("") < estimate_tokens("a" * 100) < estimate_tokens("a" * 1000)
    assert estimate_tokens("", [picture] * 5) > 5000


@pytest.mark.anyio
async def test_the_worst_case_covers_what_was_paid(
    open_for: OpenClient, route: Route, model: ModelOffer
) -> None:
    question = asked(route.plain, "word " * 2000, schema=Finding, max_tokens=100)
    async with open_for(route) as client:
        reply = await client.ask(question)
    assert 0 < cost_usd(reply.usage, model) <= worst_case_usd(question, model)
