"""A stored plan is read back whole, or refused by field."""

import pytest

from webapp.generation.planned import PlanError, PlannedItem

ITEM = PlannedItem(
    number=1,
    triplet="t",
    dimension="A",
    template="pairing",
    first_true="low.border.pushing",
    first_false="low.border.infiltrative",
    second_true="high.mitoses.present",
    second_false="high.mitoses.absent",
    key_place=2,
    seed=7,
    balanced=True,
)


def test_it_survives_storage() -> None:
    assert PlannedItem.from_json(ITEM.as_json()) == ITEM


@pytest.mark.parametrize("missing", [("claim", "subject"), ("pool", "twin_group", "text_seed")])
def test_a_plan_from_before_a_field_existed_is_whole(missing: tuple[str, ...]) -> None:
    stored = {k: v for k, v in ITEM.as_json().items() if k not in missing}
    assert PlannedItem.from_json(stored) == ITEM


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"colour": "red"}, "'colour'"),
        ({"number": "1"}, "number"),
        ({"number": True}, "number"),
        ({"triplet": None}, "triplet"),
        ({"dimension": "F"}, "dimension"),
        ({"key_place": 4}, "key_place"),
        ({"pool": "other"}, "pool"),
        ({"text_seed": "1"}, "text_seed"),
    ],
)
def test_a_broken_plan_is_refused_by_field(change: dict[str, object], named: str) -> None:
    with pytest.raises(PlanError, match=named):
        PlannedItem.from_json({**ITEM.as_json(), **change})
