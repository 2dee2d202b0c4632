"""Templates become stems and options; the appearance to be explained is not given away."""

from annotation_configs.load import dimension, vocabulary
from webapp.generation.catalog import Feature, features_of
from webapp.generation.factorial import Axis
from webapp.generation.wording import Question, in_order, joined, options, stem

WORDS = vocabulary()
PRESENT = frozenset({"low", "mid", "high"})


def of(uid: str) -> Feature:
    return features_of(WORDS)[uid]


STROMA = Axis(of("mid.stroma.loose"), of("mid.stroma.collagenous"))
MITOSES = Axis(of("high.mitoses.absent"), of("high.mitoses.present"))


def question(name: str, template: str, **more: Feature) -> Question:
    found = next(one for one in dimension(name).templates if one.name == template)
    return Question(name, found, STROMA, MITOSES, more.get("claim"), more.get("subject"))


def test_scales_are_named_widest_first() -> None:
    assert in_order({"high", "summary", "low"}) == ("low", "high")
    assert joined({"high"}) == "200x"
    assert joined({"high", "low"}) == "10x and 200x"
    assert joined(PRESENT) == "10x, 40x and 200x"


def test_a_correspondence_names_its_two_scales() -> None:
    asked = stem(question("A", "pairing"), PRESENT, WORDS)
    assert "40x" in asked
    assert "200x" in asked
    assert "10x" not in asked


def test_options_are_crossed_with_the_key_first() -> None:
    assert options(question("A", "pairing"), WORDS) == (
        "Loose oedematous stroma, paired with an absence of mitotic figures",
        "Loose oedematous stroma, paired with frequent mitotic figures",
        "Dense collagenous stroma, paired with an absence of mitotic figures",
        "Dense collagenous stroma, paired with frequent mitotic figures",
    )


def test_a_true_impression_is_borne_out() -> None:
    found = options(question("B", "impression", claim=STROMA.true), WORDS)
    assert ["borne out" in text for text in found] == [True, True, False, False]


def test_a_false_impression_is_ruled_out() -> None:
    asked = question("B", "impression", claim=STROMA.false)
    assert ["ruled out" in text for text in options(asked, WORDS)] == [True, True, False, False]
    assert STROMA.false.phrase in stem(asked, PRESENT, WORDS)


def test_both_outcomes_have_one_length() -> None:
    found = options(question("B", "impression", claim=STROMA.true), WORDS)
    assert len(found[0]) == len(found[2])


def test_an_explanation_names_the_kind_of_the_appearance_and_not_its_value() -> None:
    subject = of("low.border.pushing")
    asked = stem(question("D", "behind", subject=subject), PRESENT, WORDS)
    assert WORDS.attribute("border").noun in asked
    assert subject.phrase not in asked


def test_a_place_names_both_compartments_in_every_option() -> None:
    for text in options(question("C", "compartments"), WORDS):
        assert text.startswith("Stroma: ")
        assert "cell division: " in text


def test_a_diagnosis_uses_readings() -> None:
    assert options(question("E", "statement"), WORDS)[0] == (
        "A process with an oedematous stroma and indolent proliferation"
    )
