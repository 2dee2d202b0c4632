"""The emulator's brain shows every fault that the stages must meet, and the same one every time."""

import json

from tests.emulator.brain import Brain, reply
from tests.emulator.brain_guesser import analysis, attempt
from tests.emulator.brain_writer import DEFECTS
from tests.workers.pipeline.asker import BrainAsker
from tests.workers.pipeline.planned_items import facts, items, recipe, run, told
from webapp.items.mcq import Option
from workers.pipeline.adversary import lettered, screen_request
from workers.pipeline.brief import request
from workers.pipeline.rounds import make

ONE_EDIT = tuple(
    Option(f"id{place}", text)
    for place, text in enumerate(
        ("Red sky, then calm", "Red sky, then storm", "Red dusk, then calm", "Tan sky, then calm")
    )
)


def answers(options: tuple[Option, ...]) -> set[str]:
    """The option chosen under each cyclic order."""
    chosen = set()
    for shift in range(4):
        order = options[shift:] + options[:shift]
        asked = screen_request("Which?", order, "m")
        found = json.loads(reply(asked.system, asked.user, "{}"))
        chosen.add("" if found["answer"] == "abstain" else order["ABCD".index(found["answer"])].id)
    return chosen


def test_the_same_prompt_gets_the_same_reply() -> None:
    brain = Brain(misbehave=0.5, leaky=0.5, stubborn=0.1, prone=0.5, invent=0.5)
    for planned in items()[:20]:
        asked = request(told(planned), model="m")
        first, second = (brain.reply(asked.system, asked.user, "{}") for _ in range(2))
        assert first == second


def test_every_defect_comes_up_and_is_turned_down() -> None:
    kinds: set[str] = set()
    asker = BrainAsker(Brain(misbehave=1))
    for planned in items():
        found = run(make(planned, facts()[planned.triplet], recipe(), asker))
        kinds.update(found.rounds[0].provenance["turned_down"])
    assert len(kinds) >= len(DEFECTS)


def test_it_names_the_option_most_like_the_others_under_every_order() -> None:
    assert answers(ONE_EDIT) == {"id0"}
    assert analysis(lettered(ONE_EDIT), ONE_EDIT[0].text)["kind"] == "similarity"


def test_it_names_the_longest() -> None:
    longer = (*ONE_EDIT[:3], Option("id3", "Tan sky, then calm, all over and for a long while"))
    assert answers(longer) == {"id3"}
    assert analysis(lettered(longer), longer[3].text)["kind"] == "length"


def test_where_nothing_stands_out_it_spreads_its_guesses_without_confidence() -> None:
    given = [
        attempt(f"Question {number}?", "A. Red sky\nB. Red sea\nC. Tan sky\nD. Tan sea", 0.0)
        for number in range(200)
    ]
    assert {one["answer"] for one in given} == {"A", "B", "C", "D", "abstain"}
    assert all(one["confidence"] < 0.5 for one in given)


def test_what_it_does_not_know_it_answers_plainly() -> None:
    assert reply("", "Hello", "") == "Yes."
    assert json.loads(reply("", "Hello", '{"type": "object", "properties": {}}')) == {}
