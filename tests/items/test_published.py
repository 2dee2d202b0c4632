"""Between a published row and a question, both ways."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.items.published_files import good_rows, published_row
from training.contract.rows import LETTERS, dump_row, parse_row
from webapp.items.mcq import token, validate
from webapp.items.published import (
    Exported,
    mcq_from_row,
    provenance_of,
    row_digest,
    row_of,
    source_key,
)


def there_and_back(raw: dict[str, object]) -> dict[str, object]:
    row = parse_row(raw, where="test")
    mcq = mcq_from_row(row, seed="s")
    provenance = provenance_of(row, file="f.json")
    exported = Exported(
        mcq=mcq,
        order=mcq.option_ids,
        wsi_name=row.wsi_name,
        path_id=row.path_id,
        images=provenance["image_path"],
        provenance=provenance,
        number=5,
    )
    return dump_row(row_of(exported))


@pytest.mark.parametrize("raw", good_rows())
def test_a_row_comes_back_but_for_its_number(raw: dict[str, object]) -> None:
    assert there_and_back(raw) == {**raw, "No": 5}


@given(st.permutations(LETTERS), st.sampled_from(LETTERS))
def test_another_order_moves_answer_and_rationale_with_the_options(
    order: list[str], answer: str
) -> None:
    row = parse_row(published_row(1, answer=answer, rationale=None), where="test")
    mcq = mcq_from_row(row, seed="s")
    ids = dict(zip(LETTERS, mcq.option_ids, strict=True))
    told = type(mcq)(**{**vars(mcq), "rationale": f"Only {token(mcq.key)} fits."})
    exported = row_of(Exported(told, [ids[one] for one in order], "w", "p", {}, {}, number=1))
    assert exported.options[exported.answer] == row.options[answer]
    assert exported.rationale == f"Only option {exported.answer} fits."
    assert exported.answer == LETTERS[order.index(answer)]


def test_the_number_is_no_part_of_what_a_row_is() -> None:
    one, other = (parse_row(published_row(1, No=number), where="t") for number in (1, 2))
    assert row_digest(one) == row_digest(other)
    changed = parse_row(published_row(1, answer="C"), where="t")
    assert row_digest(changed) != row_digest(one)


def test_equal_rows_are_told_apart_by_their_count() -> None:
    row = parse_row(published_row(1), where="t")
    assert source_key(row, 0) != source_key(row, 1)
    assert len(source_key(row, 99_999)) <= 100


def test_the_place_of_an_option_cannot_be_read_from_its_id() -> None:
    rows = [parse_row(published_row(number), where="t") for number in range(1, 400)]
    first = Counter()  # type: Counter[int]
    for number, row in enumerate(rows):
        ids = mcq_from_row(row, seed=f"{number}").option_ids
        first[ids.index(min(ids))] += 1
    assert all(60 < count < 140 for count in first.values())


def test_a_read_row_is_a_question_that_can_be_kept() -> None:
    for raw in good_rows():
        validate(mcq_from_row(parse_row(raw, where="t"), seed="x"))
