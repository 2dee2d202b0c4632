"""Published rows are read strictly, by name, and written back without loss."""

import copy
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.contract.rows import (
    RoiName,
    RowError,
    dump_row,
    parse_row,
    parse_rows,
    roi_from_file_name,
)
from training.contract.text import MAX_TEXT_CHARS

WHERE = "val.json, row 3"


def row(**changes: Any) -> dict[str, Any]:
    made: dict[str, Any] = {
        "question": "Where do the mitoses lie?",
        "options": {"A": "in the nest", "B": "in the stroma", "C": "in a vessel", "D": "nowhere"},
        "answer": "B",
        "rationale": "They lie between collagen fibres.",
        "image_path": {
            "low_mag": "S1/rois/10_3.00100y_00200x.jpg",
            "mid_mag": "S1/rois/40_3.00110y_00210x.jpg",
            "high_mag": None,
        },
        "extra_info": {"wsi_name": "S1", "path_id": "p-1", "question_type": "type_C"},
        "No": 7,
    }
    return made | changes


def changed(path: str, value: Any) -> dict[str, Any]:
    """A good row with the field at `a.b` set, or removed where the value is `...`."""
    made = copy.deepcopy(row())
    *parents, name = path.split(".")
    target = made
    for parent in parents:
        target = target[parent]
    if value is ...:
        del target[name]
    else:
        target[name] = value
    return made


def published(shared_data: Path) -> Any:
    return json.loads((shared_data / "scale_vqa_val.json").read_text())


def test_a_row_is_read_into_plain_values() -> None:
    read = parse_row(row(), where=WHERE)
    assert read.dimension == "C"
    assert read.options["B"] == "in the stroma"
    assert read.missing_scales == ("high_mag",)
    assert read.number == 7


def test_the_published_file_is_read_and_written_without_loss(shared_data: Path) -> None:
    data = published(shared_data)
    rows, errors = parse_rows(data, file="val.json")
    assert errors == []
    assert [dump_row(one) for one in rows] == data
    assert sum(bool(one.missing_scales) for one in rows) == 15
    assert sum(len(set(one.options.values())) < 4 for one in rows) == 1


def test_published_rows_repeat_only_as_the_file_repeats_them(shared_data: Path) -> None:
    data = published(shared_data)
    rows, _ = parse_rows([*data, data[0]], file="val.json")
    counts = Counter(json.dumps(dump_row(one), sort_keys=True) for one in rows)
    assert Counter(counts.values()) == {1: len(data) - 1, 2: 1}


def test_every_published_field_name_gives_its_place(shared_data: Path) -> None:
    rows, _ = parse_rows(published(shared_data), file="val.json")
    names = [path for one in rows for path in one.image_path.values() if path]
    found = [roi_from_file_name(name) for name in names]
    assert None not in found
    assert {roi.magnification for roi in found if roi} == {10, 40, 200}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("question", ...),
        ("question", 5),
        ("question", "  "),
        ("question", None),
        ("question", "x" * (MAX_TEXT_CHARS + 1)),
        ("question", "a\x00b"),
        ("options", ...),
        ("options", ["a", "b", "c", "d"]),
        ("options.C", ...),
        ("options.C", ""),
        ("options.C", 3),
        ("answer", "E"),
        ("answer", "in the stroma"),
        ("answer", ["B"]),
        ("rationale", ...),
        ("rationale", 1),
        ("image_path", None),
        ("image_path.low_mag", "../../etc/passwd"),
        ("image_path.low_mag", "/etc/passwd"),
        ("image_path.mid_mag", "C:\\x.jpg"),
        ("image_path.mid_mag", ""),
        ("image_path.mid_mag", 4),
        ("extra_info", "S1"),
        ("extra_info.wsi_name", ...),
        ("extra_info.wsi_name", "x" * 201),
        ("extra_info.path_id", ""),
        ("extra_info.question_type", "type_F"),
        ("No", "7"),
        ("No", True),
        ("No", -1),
        ("No", 10**20),
    ],
)
def test_a_bad_field_is_refused_with_row_and_field(path: str, value: Any) -> None:
    with pytest.raises(RowError) as caught:
        parse_row(changed(path, value), where=WHERE)
    assert str(caught.value).startswith(f"{WHERE}: {path} ")
    assert caught.value.field == path
    assert len(str(caught.value)) < 250


def test_a_fifth_option_is_refused() -> None:
    with pytest.raises(RowError, match="exactly A, B, C and D"):
        parse_row(changed("options.E", "elsewhere"), where=WHERE)


@pytest.mark.parametrize("obj", [None, [], "row", 3, True])
def test_what_is_no_object_is_refused(obj: object) -> None:
    with pytest.raises(RowError, match="must be an object"):
        parse_row(obj, where=WHERE)


def test_equal_options_are_no_row_error() -> None:
    same = dict.fromkeys("ABCD", "the same")
    assert dump_row(parse_row(row(options=same), where=WHERE)) == row(options=same)


@pytest.mark.parametrize(
    "path", ["difficulty", "image_path.ultra_mag", "extra_info.reviewer", "extra_info.scores"]
)
@pytest.mark.parametrize("value", [None, "x", 1.5, [1, {"a": [True]}]])
def test_unknown_fields_survive(path: str, value: Any) -> None:
    made = changed(path, value)
    assert dump_row(parse_row(made, where=WHERE)) == made


@pytest.mark.parametrize(
    "value", ["a\x00", ["\ud800"], {"\x00": 1}, float("nan"), 2**70, "x" * (MAX_TEXT_CHARS + 1)]
)
def test_unknown_fields_that_cannot_be_stored_are_refused(value: Any) -> None:
    with pytest.raises(RowError, match="note"):
        parse_row(row(note=value), where=WHERE)


def test_deep_nesting_is_refused() -> None:
    deep: Any = []
    for _ in range(500):
        deep = [deep]
    with pytest.raises(RowError, match="deeper"):
        parse_row(row(note=deep), where=WHERE)


def test_a_missing_key_stays_missing_and_null_stays_null() -> None:
    made = row(rationale=None)
    del made["image_path"]["mid_mag"]
    del made["No"]
    read = parse_row(made, where=WHERE)
    assert read.missing_scales == ("mid_mag", "high_mag")
    assert dump_row(read) == made


def test_good_rows_are_kept_beside_bad_ones() -> None:
    rows, errors = parse_rows([row(), row(answer="Z"), 5, row(No=8)], file="val.json")
    assert [one.number for one in rows] == [7, 8]
    assert [error.where for error in errors] == ["val.json, row 2", "val.json, row 3"]


def test_a_file_that_is_no_list_is_one_error() -> None:
    rows, errors = parse_rows({"rows": []}, file="val.json")
    assert rows == []
    assert "must hold a list" in str(errors[0])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.sampled_from(
        ["question", "options", "answer", "rationale", "image_path", "extra_info", "No"]
    )
    | st.text(min_size=1, max_size=5),
    JSON,
)
def test_any_value_anywhere_is_read_without_loss_or_refused(name: str, value: Any) -> None:
    made = row(**{name: value})
    try:
        read = parse_row(made, where=WHERE)
    except RowError as error:
        assert str(error).startswith(WHERE)  # noqa: PT017
    else:
        assert dump_row(read) == made


def test_the_published_name_gives_magnification_slide_and_corner() -> None:
    expected = RoiName(magnification=10, slide_number=35, y_l0=36304, x_l0=18152)
    assert roi_from_file_name("10_35.36304y_18152x.jpg") == expected
    assert roi_from_file_name("S1/rois/10_35.36304y_18152x.jpg") == expected


@pytest.mark.parametrize(
    "name", ["", "10_35.jpg", "10_35.1y_2x.png", "x10_35.1y_2x.jpg", "10_35.1y_2x.jpg/"]
)
def test_other_names_give_no_place(name: str) -> None:
    assert roi_from_file_name(name) is None
