"""The shipped files load, and a broken one is refused by file and key."""

from collections.abc import Callable
from pathlib import Path

import pytest

from annotation_configs import load
from annotation_configs.node import ConfigError

FEATURES = """
shape:
  scales: [high]
  family: nucleus
  values:
    round: {phrase: round nuclei}
    long: {phrase: long cells}
"""
DIMENSION = """
title: Correspondence
definition: Two findings.
templates:
  plain: {stem: "At {wide} and {close}?", option: "{a} with {b}"}
"""


def refused(read: Callable[[Path], object], path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read(path)
    return str(caught.value)


def test_every_attribute_has_values_that_exclude_each_other() -> None:
    attributes = load.vocabulary().attributes
    assert len(attributes) > 50
    assert all(len(attribute.values) >= 2 for attribute in attributes)


def test_the_vocabulary_names_its_content() -> None:
    assert len(load.vocabulary().digest) == 64


def test_an_attribute_is_found_by_name() -> None:
    assert load.vocabulary().attribute("mitoses").scales == ("high",)
    with pytest.raises(KeyError, match="no attribute 'nope'"):
        load.vocabulary().attribute("nope")


def test_dependence_is_symmetric() -> None:
    attributes = load.vocabulary().attributes
    for one in attributes:
        assert one.depends_on(one)
        assert all(one.depends_on(other) == other.depends_on(one) for other in attributes)


def test_all_five_dimensions_have_a_definition_and_templates() -> None:
    titles = [dimension.title for dimension in load.dimensions()]
    assert titles == ["Correspondence", "Confirmation", "Localization", "Explanation", "Diagnosis"]
    assert all(dimension.definition and dimension.templates for dimension in load.dimensions())


def test_scales_are_widest_first() -> None:
    assert [scale.label for scale in load.scales()] == ["10x", "40x", "200x"]


@pytest.mark.parametrize(
    ("text", "name"),
    [("Colorectum", "colon"), ("head_and_neck", "head_and_neck"), ("SKIN", "skin")],
)
def test_an_organ_is_found_by_its_other_spellings(text: str, name: str) -> None:
    found = load.find_term(load.organs(), text)
    assert found is not None
    assert found.name == name


def test_an_unknown_stain_is_not_guessed() -> None:
    assert load.find_term(load.stains(), "moonlight") is None


def test_no_two_terms_share_a_spelling() -> None:
    for terms in (load.organs(), load.stains()):
        spellings = [
            each for term in terms for each in {term.name.replace("_", " "), *term.aliases}
        ]
        assert len(spellings) == len(set(spellings))


@pytest.mark.parametrize(
    ("old", "new", "key", "fault"),
    [
        ("long cells", "round long nuclei", "shape.values", "reword"),
        ("phrase: long cells", "prase: long cells", "shape.values.long.prase", "is unknown"),
        ("{phrase: long cells}", "{match: [a]}", "shape.values.long.phrase", "is missing"),
        ("{phrase: long cells}", "{phrase: x, match: ['(']}", "shape.values.long.match", "mend"),
        ("{phrase: long cells}", "{phrase: x, match: [a*]}", "shape.values.long.match", "narrow"),
        ("{phrase: long cells}", "{phrase: x, match: [1]}", "shape.values.long.match", "quote"),
        ("{phrase: long cells}", "{phrase: x, reading: y}", "shape.values", "all or for none"),
        ("{phrase: long cells}", "{phrase: Long cells}", "shape.values.long.phrase", "lower case"),
        ("{phrase: long cells}", "{phrase: x, negative: 1}", "shape.values.long.negative", "true"),
        ("    long: {phrase: long cells}\n", "", "shape.values", "at least two"),
        ("    long:", "    round:", "the file", "stands twice"),
        ("    long:", "    Long:", "shape.values.Long", "is not a name"),
        ("    long:", "    yes:", "shape.values", "quote it"),
        ("[high]", "[huge]", "shape.scales", "must name some of"),
        ("family: nucleus", "family: 3", "shape.family", "must be a text"),
        ("family: nucleus", "family: n\n  explained_by: [z]", "shape.explained_by", "'z'"),
        ("family: nucleus", "family: n\n  related: [z]", "shape.related", "'z'"),
        ("scales: [high]", "scales: high", "shape.scales", "must be a list"),
    ],
)  # fmt: skip
def test_a_fault_in_the_vocabulary_is_named(
    tmp_path: Path, old: str, new: str, key: str, fault: str
) -> None:
    path = tmp_path / "vocabulary" / "features.yaml"
    path.parent.mkdir()
    sentence = refused(load.read_vocabulary, path, FEATURES.replace(old, new))
    assert sentence.startswith(f"vocabulary/features.yaml: {key} ")
    assert fault in sentence


def test_two_attributes_may_not_share_a_phrase(tmp_path: Path) -> None:
    second = FEATURES.replace("shape:", "form:")
    sentence = refused(load.read_vocabulary, tmp_path / "features.yaml", FEATURES + second)
    assert "form.values.round.phrase is a phrase of shape too" in sentence


@pytest.mark.parametrize(
    ("old", "new", "key", "fault"),
    [
        ("{a} with {b}", "{a} alone", "templates.plain.option", "lacks the slot {b}"),
        ("{wide}", "{colour}", "templates.plain.stem", "unknown slot {colour}"),
        ("{wide}", "{wide", "templates.plain.stem", "broken slot"),
        ("title: Correspondence", "name: x", "name", "is unknown"),
        ('plain: {stem: "At {wide} and {close}?", option: "{a} with {b}"}', "{}", "templates", ""),
    ],
)
def test_a_fault_in_a_dimension_is_named(
    tmp_path: Path, old: str, new: str, key: str, fault: str
) -> None:
    sentence = refused(load.read_dimension, tmp_path / "A.yaml", DIMENSION.replace(old, new))
    assert f"A.yaml: {key} " in sentence
    assert fault in sentence


def test_broken_yaml_is_refused_with_its_place(tmp_path: Path) -> None:
    assert "line 1" in refused(load.read_vocabulary, tmp_path / "features.yaml", "a: [1")


def test_a_list_is_no_vocabulary(tmp_path: Path) -> None:
    assert "must be a mapping" in refused(load.read_vocabulary, tmp_path / "f.yaml", "[1]")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"features\.yaml: the file does not exist"):
        load.read_vocabulary(tmp_path / "features.yaml")


def test_a_file_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    path = tmp_path / "features.yaml"
    path.write_bytes(b"a: \xff\xfe")
    with pytest.raises(ConfigError, match="not UTF-8"):
        load.read_vocabulary(path)
