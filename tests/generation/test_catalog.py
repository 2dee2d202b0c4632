"""Captions become canonical features only where they plainly say so."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation_configs.load import SCALE_NAMES, SUMMARY, Attribute, vocabulary
from webapp.generation.catalog import (
    TripletFacts,
    alternatives,
    denied_abroad,
    feature,
    features_of,
    match,
    settle,
    standing,
)
from webapp.slides.phantom.captions import CANONICAL

WORDS = vocabulary()


def ids(caption: str, scale: str = "high") -> list[str]:
    return [one.id for one in match(caption, scale, WORDS)]


@pytest.mark.parametrize("uid", sorted(features_of(WORDS)))
def test_each_canonical_phrase_is_read_back_as_itself(uid: str) -> None:
    one = features_of(WORDS)[uid]
    assert ids(f"The field shows {one.phrase}.", one.scale) == [uid]


@pytest.mark.parametrize(("uid", "phrase"), sorted(CANONICAL.items()))
def test_a_phantoms_phrase_is_canonical(uid: str, phrase: str) -> None:
    assert features_of(WORDS)[uid].phrase == phrase


def of_scale(scale: str) -> list[Attribute]:
    return [attribute for attribute in WORDS.attributes if scale in attribute.scales]


@given(st.data())
def test_any_mixture_of_canonical_phrases_is_recovered_exactly(data: st.DataObject) -> None:
    scale = data.draw(st.sampled_from(SCALE_NAMES))
    chosen = data.draw(st.lists(st.sampled_from(of_scale(scale)), unique=True, min_size=1))
    stated = [feature(one, data.draw(st.sampled_from(one.values)), scale) for one in chosen]
    joint = data.draw(st.sampled_from([", ", " and ", ". It shows ", " with "]))
    caption = f"It shows {joint.join(one.phrase for one in stated)}."
    assert set(ids(caption, scale)) == {one.id for one in stated}


@given(st.text(max_size=300), st.sampled_from((*SCALE_NAMES, SUMMARY)))
def test_any_text_can_be_read(text: str, scale: str) -> None:
    assert set(ids(text, scale)) <= set(features_of(WORDS))


@pytest.mark.parametrize(
    ("caption", "expected"),
    [
        ("No mitotic figure is seen.", "high.mitoses.absent"),
        ("Mitotic figures are not identified.", "high.mitoses.absent"),
        ("Mitoses are absent.", "high.mitoses.absent"),
        ("The nests are without mitotic activity.", "high.mitoses.absent"),
        ("Several mitotic figures are seen.", "high.mitoses.present"),
        ("No gland is seen.", "high.glands.absent"),
        ("There is no pleomorphism.", "high.pleomorphism.uniform"),
        ("Hyperchromatic tumour cells.", "high.chromatin.dense"),
        ("A row of closely packed, dark, oval basal nuclei.", "high.basal.palisaded"),
    ],
)
def test_free_wording_is_understood(caption: str, expected: str) -> None:
    assert ids(caption) == [expected]


def test_a_negation_reaches_over_a_list() -> None:
    assert ids("Without necrosis, mitoses or apoptosis.") == [
        "high.mitoses.absent",
        "high.apoptosis.absent",
    ]


def test_a_negation_ends_at_its_clause() -> None:
    assert ids("No eosinophils, but frequent mitotic figures.") == [
        "high.mitoses.present",
        "high.eosinophils.absent",
    ]


def test_a_negated_canonical_phrase_does_not_count() -> None:
    assert "high.mitoses.present" not in ids("The cells lack frequent mitotic figures.")


@pytest.mark.parametrize(
    "caption",
    [
        "Possible mitotic figures.",
        "A mitotic figure cannot be excluded.",
        "No nest shows mitotic figures.",
        "This may be a frequent mitotic figure.",
    ],
)
def test_what_is_unsure_is_left_out(caption: str) -> None:
    assert ids(caption) == []


def test_a_feature_belongs_to_its_scale() -> None:
    assert ids("Frequent mitotic figures.", "low") == []


def triplet(low: str = "", mid: str = "", high: str = "", summary: str = "") -> TripletFacts:
    captions = {"low": low, "mid": mid, "high": high}
    return TripletFacts(
        "t", "p", "skin", summary, captions,
        {scale: match(text, scale, WORDS) for scale, text in captions.items()},
    )  # fmt: skip


def test_an_attribute_with_two_values_is_not_settled() -> None:
    facts = triplet(
        mid="A dense inflammatory infiltrate on top, a sparse inflammatory infiltrate below."
    )
    assert "infiltrate" not in settle(facts, WORDS)


def test_two_scales_that_contradict_each_other_settle_nothing() -> None:
    facts = triplet(mid="a dense inflammatory infiltrate", high="a sparse inflammatory infiltrate")
    assert "infiltrate" not in settle(facts, WORDS)


def test_two_scales_that_agree_are_both_kept() -> None:
    facts = triplet(mid="a dense inflammatory infiltrate", high="a dense inflammatory infiltrate")
    found = [one.id for one in settle(facts, WORDS)["infiltrate"]]
    assert found == ["high.infiltrate.dense", "mid.infiltrate.dense"]


def test_the_summary_settles_the_diagnosis() -> None:
    facts = triplet(summary="Keratinizing squamous carcinoma; inflamed stroma.")
    assert settle(facts, WORDS)["squamous_entity"][0].reading == "invasive squamous carcinoma"


def test_alternatives_are_the_other_values_at_the_same_scale() -> None:
    one = features_of(WORDS)["mid.stroma.loose"]
    assert {each.id for each in alternatives(one, WORDS)} == {
        "mid.stroma.desmoplastic",
        "mid.stroma.collagenous",
    }


@pytest.mark.parametrize(
    ("caption", "quote", "found"),
    [
        ("Cells divide briskly.", "divide briskly", "stated"),
        ("Cells  DIVIDE\nbriskly.", "divide briskly", "stated"),
        ("The \u201cpale\u201d cells\u2014all.", '"pale" cells', "stated"),
        ("No cells divide.", "cells divide", "negated"),
        ("No cells divide.", "No cells divide.", "negated"),
        ("Dividing cells are absent.", "dividing cells", "negated"),
        ("Dividing cells are absent.", "dividing cells are absent", "negated"),
        ("Possibly dividing cells.", "dividing cells", "unsure"),
        ("No cells divide; elsewhere cells divide.", "cells divide", "stated"),
        ("Cells divide.", "cell", "missing"),
        ("Cells divide.", "", "missing"),
        ("Cells divide.", "...", "missing"),
        ("Cells divide.", "they rest", "missing"),
    ],
)
def test_how_a_caption_means_a_piece_of_itself(caption: str, quote: str, found: str) -> None:
    assert standing(caption, quote) == found


def test_a_piece_that_stands_everywhere_in_a_long_caption_is_found() -> None:
    assert standing("cells divide and " * 6_000, "cells divide") == "stated"


NO_NECROSIS, MITOSES = "\u672a\u89c1\u574f\u6b7b", "\u53ef\u89c1\u6838\u5206\u88c2"


@pytest.mark.parametrize(
    ("caption", "quote", "denied"),
    [
        ("Keine Nekrosen", "Nekrosen", True),
        ("Pas de n\u00e9crose, cellules claires", "cellules claires", False),
        ("Pas de n\u00e9crose, cellules claires", "n\u00e9crose", True),
        (f"{NO_NECROSIS}\uff0c{MITOSES}", MITOSES[2:], False),
        (f"{NO_NECROSIS}\uff0c{MITOSES}", NO_NECROSIS[2:], True),
        ("The sin of pas is non here", "pas", False),
    ],
)
def test_denial_in_other_languages_is_noticed(caption: str, quote: str, denied: bool) -> None:
    assert denied_abroad(caption, quote) is denied
