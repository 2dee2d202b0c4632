"""Stage 4: structure is judged, not luck."""

from dataclasses import replace

import pytest

from tests.generation.made_facts import made_facts
from webapp.generation.plan import plan_batch
from webapp.items.leakage import covers_chance, structural_report
from webapp.items.lint import lint
from webapp.items.mcq import Dimension, Mcq, Option
from workers.pipeline.generate import generate
from workers.pipeline.screen import screen, screen_form, screen_probe

STAR = Mcq(
    dimension=Dimension.A,
    stem="Which pairing of a 10x finding with a 200x finding is true of this tissue?",
    options=(
        Option("aaaaaa", "Loose pale stroma, paired with round dark nuclei"),
        Option("bbbbbb", "Dense pink stroma, paired with round dark nuclei"),
        Option("cccccc", "Loose pale stroma, paired with spindle clear nuclei"),
        Option("dddddd", "Loose pale stroma, paired with giant mitotic nuclei"),
    ),
    key="aaaaaa",
)
"""One true option and three edits of it: the key is nearest to all."""


def is_leaky(mcq: Mcq) -> bool:
    return any(one.leaks for one in screen(mcq))


@pytest.fixture(scope="module", params=[(21, 0.5), (22, 0.8)], ids=["even", "skewed"])
def batch(request: pytest.FixtureRequest) -> tuple[list[Mcq], list[str]]:
    """Several hundred questions about made-up triplets, and their patients."""
    seed, common = request.param
    facts = {one.uid: one for one in made_facts(90, seed=seed, common=common)}
    items = plan_batch(list(facts.values()), dimensions="ABCDE", count=400, seed=seed)
    assert len(items) == 400
    made = [generate(item, facts[item.triplet]).mcq for item in items]
    return made, [facts[item.triplet].patient for item in items]


def test_no_structural_adversary_is_off_chance_in_either_direction(
    batch: tuple[list[Mcq], list[str]],
) -> None:
    for report in structural_report(*batch).values():
        assert report["ci95"] is not None
        assert covers_chance(report["ci95"])
        assert report["n"] == 400


def test_planned_questions_hold(batch: tuple[list[Mcq], list[str]]) -> None:
    assert not any(is_leaky(mcq) for mcq in batch[0])


def test_planned_questions_break_no_rule(batch: tuple[list[Mcq], list[str]]) -> None:
    found = [finding for mcq in batch[0] for finding in lint(mcq)]
    assert not [finding for finding in found if finding.severity == "error"]


def test_the_key_stands_in_every_place_equally_often(batch: tuple[list[Mcq], list[str]]) -> None:
    places = [mcq.option_ids.index(mcq.key) for mcq in batch[0]]
    assert [places.count(place) for place in range(4)] == [100, 100, 100, 100]


def test_edits_of_the_key_are_leaky() -> None:
    assert is_leaky(STAR)
    centroid = next(one for one in screen(STAR) if one.adversary == "centroid")
    assert centroid.reasoning.startswith("One option leads in likeness to the others by ")
    assert (centroid.correct, centroid.leaks) == (1, True)


def test_the_verdict_does_not_depend_on_the_key(batch: tuple[list[Mcq], list[str]]) -> None:
    """Else the questions that are left would have no key where an adversary looks."""
    for mcq in (STAR, *batch[0][:20]):
        verdicts = {is_leaky(replace(mcq, key=option.id)) for option in mcq.options}
        assert len(verdicts) == 1


def test_an_option_of_twice_the_length_is_leaky_even_if_false() -> None:
    long = Option(
        "dddddd", "Dense pink stroma, paired with spindle clear nuclei of every size there is"
    )
    results = screen(replace(STAR, options=(*STAR.options[:3], long)))
    longest = next(one for one in results if one.adversary == "longest")
    assert longest.leaks
    assert longest.correct == 0


def test_a_tie_is_told_as_a_tie() -> None:
    square = (
        Option("aaaaaa", "Red sky"),
        Option("bbbbbb", "Red sea"),
        Option("cccccc", "Tan sky"),
        Option("dddddd", "Tan sea"),
    )
    results = screen(replace(STAR, options=square))
    assert all(one.correct == 0.25 and one.confidence == 0 and not one.leaks for one in results)
    assert results[0].reasoning == "No option is most like the others."


class Sure:
    """A probe with fixed probabilities by the options' texts."""

    version = "7"

    def __init__(self, *scores: float) -> None:
        self.by_text = dict(zip(STAR.texts, scores, strict=True))

    def scores(self, mcq: Mcq, patient: str) -> tuple[float, ...]:
        return tuple(self.by_text[text] for text in mcq.texts)


def test_the_probe_singles_an_option_out_whichever_is_the_key() -> None:
    sure = Sure(0.1, 0.6, 0.2, 0.1)
    for option in STAR.options:
        record = screen_probe(replace(STAR, key=option.id), "p", sure)
        assert (record.verdict, record.option, record.version) == ("leaks", "bbbbbb", "7")
        assert record.correct == float(option.id == "bbbbbb")
        assert record.confidence == pytest.approx(0.4)


@pytest.mark.parametrize("scores", [(0.25,) * 4, (0.4, 0.2, 0.2, 0.2), (0.1, 0.4, 0.4, 0.1)])
def test_a_probe_that_wavers_holds(scores: tuple[float, ...]) -> None:
    assert screen_probe(STAR, "p", Sure(*scores)).verdict == "holds"


def test_a_tie_of_the_probe_is_shared() -> None:
    assert screen_probe(STAR, "p", Sure(0.25, 0.25, 0.25, 0.25)).correct == 0.25


def test_the_probes_preference_among_twins_is_stored_and_holds() -> None:
    record = screen_probe(STAR, "p", Sure(0.9, 0.05, 0.03, 0.02), twins=True)
    assert (record.verdict, record.option) == ("holds", "aaaaaa")
    assert "tells nothing of the key" in record.reasoning


def test_one_form_of_words_holds_and_any_other_leaks_whichever_is_the_key() -> None:
    same = dict.fromkeys(STAR.option_ids, "1 with 2")
    assert screen_form(STAR, same).verdict == "holds"
    assert screen_form(STAR, same).correct == 0.25
    odd = {**same, "cccccc": "1 with 2, all over"}
    for option in STAR.options:
        record = screen_form(replace(STAR, key=option.id), odd)
        assert (record.verdict, record.option) == ("leaks", "cccccc")
        assert record.correct == float(option.id == "cccccc")
    halves = {**odd, "dddddd": "1 with 2, all over"}
    assert screen_form(STAR, halves).verdict == "leaks"
