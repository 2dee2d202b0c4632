"""A slot through its rounds: with real stages, and models that fail in every way that they do."""

import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.emulator.brain import Brain
from tests.workers.pipeline.asker import BrainAsker
from tests.workers.pipeline.planned_items import (
    GUESSER,
    OTHER_GUESSER,
    WRITER,
    facts,
    item,
    items,
    recipe,
    run,
)
from webapp.generation.config import OFFLINE, Scheme
from webapp.generation.made import Made
from webapp.generation.planned import PlannedItem
from webapp.items.lint import lint
from webapp.items.mcq import Mcq
from workers.llm.errors import ProviderDown
from workers.llm.types import Outcome, Reply, Request
from workers.pipeline.generate import generate
from workers.pipeline.rounds import NotMade, Recipe, make
from workers.pipeline.schemas import Attempt

SILENT = [one for one in Outcome if one is not Outcome.OK]


def made(
    planned: PlannedItem, asker: BrainAsker | None = None, given: Recipe | None = None
) -> Made:
    return run(make(planned, facts()[planned.triplet], given or recipe(), asker or BrainAsker()))


def of_stage(asker: BrainAsker, stage: str) -> list[Request]:
    return [request for asked, request in asker.asked if asked == stage]


def wanting(stage: str, reply: Reply, *, until: int = 99) -> Callable[[str, Request], Reply | None]:
    """The fault by which a stage gets a reply of no use, for its first askings."""

    def fault(asked: str, request: Request) -> Reply | None:
        return reply if asked == stage and request.asking % 100 < until else None

    return fault


def liking(text: str, confidence: float = 0.9) -> Callable[[str, Request], Reply | None]:
    """The fault by which every adversary chooses the option that holds a text."""

    def fault(stage: str, request: Request) -> Reply | None:
        if stage != "screen":
            return None
        options = request.user.partition("<options>")[2].splitlines()
        letter = next((line[0] for line in options if text in line), "abstain")
        return Reply(
            Outcome.OK,
            value=Attempt(reasoning="So it is.", answer=letter, confidence=confidence),  # type: ignore[arg-type]
        )

    return fault


def test_offline_it_is_what_the_generator_makes() -> None:
    planned = item(pool="fixed")
    offline = recipe(generator=OFFLINE, adversaries=())
    (only,) = run(make(planned, facts()[planned.triplet], offline)).rounds
    draft = generate(planned, facts()[planned.triplet])
    assert only.mcq == draft.mcq
    assert only.provenance == {
        **draft.provenance, "round": 1, "calls": {"generate": [], "screen": [], "refine": []},
    }  # fmt: skip
    assert [one.adversary for one in only.screenings] == [
        "centroid", "longest", "shortest", "question_overlap",
    ]  # fmt: skip


@pytest.mark.parametrize("planned", items()[:30], ids=lambda one: f"{one.dimension}{one.number}")
def test_a_model_writes_a_clean_question_in_one_round(planned: PlannedItem) -> None:
    (only,) = made(planned).rounds
    assert lint(only.mcq) == ()
    assert only.mcq.option_ids.index(only.mcq.key) == planned.key_place
    assert only.provenance["generator"] == WRITER
    assert only.provenance["prompt"].startswith(f"generate_{planned.dimension}/v1@")
    assert only.provenance["plan"] == planned.as_json()
    assert json.loads(json.dumps(only.provenance)) == only.provenance
    assert all(one.verdict == "holds" for one in only.screenings)
    assert {one.adversary for one in only.screenings} > {"form", "centroid", GUESSER}


def test_provenance_names_the_calls_and_the_distractors() -> None:
    (only,) = made(item()).rounds
    calls = only.provenance["calls"]
    assert (len(calls["generate"]), len(calls["screen"]), calls["refine"]) == (1, 4, [])
    found = {one["option"]: one for one in only.provenance["distractors"]}
    assert set(found) == set(only.mcq.option_ids) - {only.mcq.key}
    texts = {option.id: option.text.lower() for option in only.mcq.options}
    assert all(one["discriminator"].lower() in texts[uid] for uid, one in found.items())


def test_the_same_is_made_every_time() -> None:
    brain = Brain(misbehave=0.4, leaky=0.4, prone=0.2)
    for planned in items()[:20]:
        assert made(planned, BrainAsker(brain)) == made(planned, BrainAsker(brain))


def test_a_second_run_over_the_same_record_asks_for_nothing_new() -> None:
    asker = BrainAsker(Brain(misbehave=0.4, leaky=0.4))
    first = [made(planned, asker) for planned in items()[:20]]
    paid = len(asker.record)
    assert [made(planned, asker) for planned in items()[:20]] == first
    assert len(asker.record) == paid


def test_twins_get_one_text_by_one_call_and_their_own_key() -> None:
    groups: dict[str, list[Mcq]] = defaultdict(list)
    asker = BrainAsker(Brain(misbehave=0.3, leaky=0.3))
    for planned in items(Scheme.TWINS)[:60]:
        groups[planned.twin_group].append(made(planned, asker).rounds[-1].mcq)
    for members in groups.values():
        assert len({(one.stem, frozenset(one.texts)) for one in members}) == 1
        assert len({one.key_option.text for one in members}) == len(members)
        assert len({uid for one in members for uid in one.option_ids}) == 4 * len(members)
    writings = {request.key() for request in of_stage(asker, "generate")}
    screenings = {request.key() for request in of_stage(asker, "screen")}
    assert len(asker.record) == len(writings) + len(screenings)
    assert len(screenings) == 4 * len(groups)


def test_a_preference_of_twins_is_stored_and_tells_nothing() -> None:
    planned = item(scheme=Scheme.TWINS)
    text = made(planned).rounds[0].mcq.options[0].text
    (only,) = made(planned, BrainAsker(fault=liking(text))).rounds
    (trial,) = [one for one in only.screenings if one.adversary == GUESSER]
    assert (trial.verdict, trial.confidence) == ("holds", 0.9)
    assert trial.option == only.mcq.option_ids[0]


def test_a_defect_is_mended_on_a_complaint() -> None:
    asker = BrainAsker(Brain(misbehave=1))
    (only,) = made(item(), asker).rounds
    first, second = of_stage(asker, "generate")
    assert "What was wrong" not in first.user
    assert "What was wrong" in second.user
    assert len(only.provenance["turned_down"]) == 1


@pytest.mark.parametrize("outcome", SILENT)
def test_a_reply_of_no_use_is_asked_for_again_once(outcome: Outcome) -> None:
    asker = BrainAsker(fault=wanting("generate", Reply(outcome), until=1))
    assert len(made(item(), asker).rounds) == 1
    assert [request.asking for request in of_stage(asker, "generate")] == [0, 1]


@pytest.mark.parametrize("outcome", SILENT)
def test_a_model_that_never_writes_makes_nothing(outcome: Outcome) -> None:
    asker = BrainAsker(fault=wanting("generate", Reply(outcome)))
    with pytest.raises(NotMade, match=f"{WRITER} wrote nothing that can be used; at last, ") as no:
        made(item(), asker)
    assert [one.asking for one in of_stage(asker, "generate")] == [0, 1, 100, 101, 200, 201]
    assert not any(char.isdigit() for char in str(no.value))


def test_a_round_that_came_to_nothing_is_kept_in_the_record_of_the_next() -> None:
    fault = wanting("generate", Reply(Outcome.BLOCKED, call=9))

    def first_round(stage: str, request: Request) -> Reply | None:
        return fault(stage, request) if request.asking < 100 else None

    (only,) = made(item(), BrainAsker(fault=first_round)).rounds
    assert only.provenance["round"] == 2
    assert only.provenance["calls"]["generate"][:2] == [9, 9]
    assert only.provenance["turned_down"] == ["a safety filter of the provider stopped it"] * 2


class Stubborn(Brain):
    """Gives five options whatever it is told."""

    def reply(self, system: str, user: str, schema_json: str | None) -> str:
        found: dict[str, Any] = json.loads(super().reply(system, user, schema_json))
        if "options" in found:
            found["options"].append(found["options"][0])
        return json.dumps(found)


def test_a_defect_that_stays_makes_nothing_and_names_its_cause() -> None:
    with pytest.raises(NotMade) as no:
        made(item(), BrainAsker(Stubborn()))
    assert str(no.value) == (
        f"{WRITER} wrote nothing that can be used; at last, it does not give four options."
    )


@pytest.mark.parametrize("outcome", SILENT)
def test_no_verdict_is_no_pass(outcome: Outcome) -> None:
    asker = BrainAsker(fault=wanting("screen", Reply(outcome)))
    with pytest.raises(NotMade, match=f"No verdict from {GUESSER}: "):
        made(item(), asker)
    assert len(of_stage(asker, "screen")) == 8


@pytest.mark.parametrize("outcome", SILENT)
def test_no_verdict_offline_is_no_pass_either(outcome: Outcome) -> None:
    asker = BrainAsker(fault=wanting("screen", Reply(outcome)))
    with pytest.raises(NotMade, match=f"No verdict from {GUESSER}: "):
        made(item(pool="fixed"), asker, recipe(generator=OFFLINE))


def test_a_slot_tried_anew_replays_what_was_answered_and_asks_on() -> None:
    asker = BrainAsker(fault=wanting("screen", Reply(Outcome.REFUSED), until=2))
    with pytest.raises(NotMade):
        made(item(), asker)
    paid = len(asker.record)
    (only,) = made(item(), asker, recipe(asking_from=1)).rounds
    assert only.screenings[-1].verdict == "holds"
    assert len(asker.record) == paid + 4  # the four orders, once more each


def test_a_leak_that_models_see_is_analysed_and_written_again() -> None:
    asker = BrainAsker(Brain(prone=0.15))
    given = recipe(adversaries=(GUESSER, OTHER_GUESSER))
    several = [made(planned, asker, given) for planned in items()]
    mended = [one for one in several if len(one.rounds) == 2 and not one.leaky]
    assert mended
    for one in mended:
        first, second = one.rounds
        assert first.leaks
        assert [lesson.adversary for lesson in first.learned] == [GUESSER, OTHER_GUESSER]
        assert all(lesson.call for lesson in first.learned)
        assert len(first.provenance["calls"]["refine"]) == 2
        assert first.learned[0].text in second.provenance["lessons"]
        assert second.provenance["round"] == 2
        assert first.mcq.texts != second.mcq.texts
        assert set(first.mcq.option_ids) == set(second.mcq.option_ids)


def test_a_structural_leak_teaches_by_rule_and_no_model_is_paid_to_confirm_it() -> None:
    asker = BrainAsker(Brain(leaky=1))
    first, second = made(item(), asker).rounds
    assert first.leaks
    assert not second.leaks
    assert "form" in {lesson.adversary for lesson in first.learned}
    assert GUESSER not in {one.adversary for one in first.screenings}
    assert len(of_stage(asker, "screen")) == 4
    assert "Lessons from questions" in of_stage(asker, "generate")[1].user


def test_what_still_leaks_after_all_rounds_keeps_its_history() -> None:
    for rounds in (1, 2, 3):
        found = made(item(), BrainAsker(Brain(stubborn=1)), recipe(rounds=rounds))
        assert len(found.rounds) == rounds
        assert found.leaky
        assert all(one.leaks and one.learned for one in found.rounds)


def test_an_analysis_that_fails_does_not_stop_the_rounds() -> None:
    fault = wanting("refine", Reply(Outcome.REFUSED))
    asker = BrainAsker(Brain(prone=1), fault=fault)
    found = made(item(), asker)
    assert found.leaky
    assert {lesson.kind for one in found.rounds for lesson in one.learned} == {"other"}


def test_what_was_learned_before_the_launch_is_told_from_the_first_round() -> None:
    asker = BrainAsker(Brain(leaky=1))
    given = recipe(constraints={"A": ("Use one form of words.",), "B": ("Not this.",)})
    assert len(made(item(), asker, given).rounds) == 1
    assert "- Use one form of words." in of_stage(asker, "generate")[0].user
    assert "Not this" not in of_stage(asker, "generate")[0].user


def test_no_slot_learns_from_another() -> None:
    alone = made(items()[7], BrainAsker(Brain(leaky=0.5)))
    asker = BrainAsker(Brain(leaky=0.5))
    after_others = [made(planned, asker) for planned in items()[:8]][-1]
    texts = [[one.mcq for one in made.rounds] for made in (alone, after_others)]
    assert texts[0] == texts[1]


def verdicts(found: Made) -> list[tuple[str, str]]:
    return [(one.adversary, one.verdict) for each in found.rounds for one in each.screenings]


def test_the_verdict_is_the_same_whichever_option_is_the_key() -> None:
    """The same texts with another true option, as another slide would have it."""
    planned = item(pool="fixed", scheme=Scheme.TWINS)
    members = [
        replace(one, twin_group="", group_keys="")
        for one in items(Scheme.TWINS)
        if one.twin_group == planned.twin_group
    ]
    offline = recipe(generator=OFFLINE)
    text = made(members[0], given=offline).rounds[0].mcq.options[1].text
    for fault in (liking(text), liking(text, confidence=0.3), liking("no such text")):
        found = [verdicts(made(one, BrainAsker(fault=fault), offline)) for one in members]
        assert len(members) >= 2
        assert all(one == found[0] for one in found)


class Seer:
    """A probe that is sure of the first option by text."""

    version = "1"

    def scores(self, mcq: Mcq, patient: str) -> tuple[float, ...]:
        best = min(mcq.texts)
        return tuple(0.85 if text == best else 0.05 for text in mcq.texts)


def test_the_learned_probe_screens_unless_it_is_switched_off() -> None:
    asker = BrainAsker()
    found = made(item(), asker, recipe(probe=Seer()))
    assert found.leaky
    assert found.rounds[0].learned[0].kind == "phrase_prior"
    assert of_stage(asker, "screen") == []
    assert not made(item(), given=recipe(probe=Seer(), use_probe=False)).leaky
    assert not made(item(scheme=Scheme.TWINS), given=recipe(probe=Seer())).leaky


def test_a_provider_that_is_down_is_for_the_batch_to_handle() -> None:
    def down(stage: str, request: Request) -> Reply | None:
        raise ProviderDown("p", "It is down.")

    with pytest.raises(ProviderDown):
        made(item(), BrainAsker(fault=down))


def test_without_anybody_to_ask_no_model_is_pretended() -> None:
    planned = item()
    with pytest.raises(NotMade, match=f"{WRITER} cannot be asked here"):
        run(make(planned, facts()[planned.triplet], recipe(), None))


def test_a_leak_decides_though_another_model_is_silent() -> None:
    def fault(stage: str, request: Request) -> Reply | None:
        silent = stage == "screen" and request.model == OTHER_GUESSER
        return Reply(Outcome.BLOCKED) if silent else None

    asker = BrainAsker(Brain(prone=1), fault=fault)
    found = made(item(), asker, recipe(adversaries=(GUESSER, OTHER_GUESSER), rounds=1))
    assert found.leaky
    assert {one.adversary: one.verdict for one in found.rounds[0].screenings}[
        OTHER_GUESSER
    ] == "none"


def test_every_fault_at_once_leaves_only_clean_questions_or_a_cause() -> None:
    brain = Brain(misbehave=0.5, leaky=0.3, stubborn=0.1, prone=0.1)
    for scheme in Scheme:
        asker = BrainAsker(brain)
        for planned in items(scheme):
            found = made(planned, asker)
            last = found.rounds[-1]
            assert not [one for one in lint(last.mcq) if one.severity == "error"]
            assert found.leaky or not last.leaks
            assert all(one.verdict != "none" for each in found.rounds for one in each.screenings)
