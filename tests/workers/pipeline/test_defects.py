"""Every fault of a reply is found, named for the curator, and told to the model."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.emulator.brain import Brain
from tests.workers.pipeline.planned_items import item, items, told
from webapp.generation.config import Scheme
from workers.pipeline.brief import request
from workers.pipeline.defects import form, reply_defects
from workers.pipeline.schemas import TwinsWritten, Written

Reply = dict[str, Any]


def written(dimension: str = "A", *, pool: str = "free") -> Reply:
    """A good reply, as JSON."""
    asked = request(told(item(dimension, pool=pool)), model="m")
    found = json.loads(Brain().reply(asked.system, asked.user, "{}"))
    assert isinstance(found, dict)
    return found


def faults(reply: Reply, dimension: str = "A", *, pool: str = "free") -> list[str]:
    value = Written.model_validate(reply)
    return [one.kind for one in reply_defects(told(item(dimension, pool=pool)), value)]


def option(reply: Reply, cell: str) -> Reply:
    return next(one for one in reply["options"] if one["cell"] == cell)


def five(reply: Reply) -> None:
    reply["options"].append({**reply["options"][0], "text": "None of these"})


def three(reply: Reply) -> None:
    reply["options"].pop()


def none(reply: Reply) -> None:
    reply["options"].clear()


def same_cell(reply: Reply) -> None:
    option(reply, "neither")["cell"] = "both"


def two_keys(reply: Reply) -> None:
    option(reply, "neither")["role"] = "key"


def no_key(reply: Reply) -> None:
    option(reply, "both")["role"] = "distractor"


def other_key(reply: Reply) -> None:
    option(reply, "both")["role"], option(reply, "neither")["role"] = "distractor", "key"


def equal(reply: Reply) -> None:
    option(reply, "neither")["text"] = option(reply, "both")["text"].upper()


def swapped(reply: Reply) -> None:
    one, other = option(reply, "both"), option(reply, "neither")
    one["text"], other["text"] = other["text"], one["text"]


def synonym(reply: Reply) -> None:
    option(reply, "both")["text"] = "Something quite different is seen here"


def unplanned(reply: Reply) -> None:
    for one in reply["options"]:
        one["text"] += " beside brisk mitotic figures"


def foreign_option(reply: Reply) -> None:
    option(reply, "both")["text"] += " \u6838\u5206\u88c2"


def bell(reply: Reply) -> None:
    option(reply, "both")["text"] += "\x07"


def endless(reply: Reply) -> None:
    option(reply, "both")["text"] += " and so on" * 100


def key_in_stem(reply: Reply) -> None:
    reply["stem"] = f"Is it true that {option(reply, 'both')['text']} at 10x and 200x?"


def unplanned_in_stem(reply: Reply) -> None:
    reply["stem"] = "Beside brisk mitoses, which pair do 10x and 200x show?"


def no_stem(reply: Reply) -> None:
    reply["stem"] = "  "


def foreign_stem(reply: Reply) -> None:
    reply["stem"] = "\u0427\u0442\u043e \u043f\u043e\u043a\u0430\u0437\u0430\u043d\u043e?"


def letters(reply: Reply) -> None:
    reply["rationale"] += " Option B is wrong."


def no_tokens(reply: Reply) -> None:
    reply["rationale"] = "The first is right."


def strange_token(reply: Reply) -> None:
    reply["rationale"] += " {{option:e}} is wrong too."


def invented(reply: Reply) -> None:
    reply["rationale"] += " There is multinucleated giant cells' pigment, melanin."


def other_discriminator(reply: Reply) -> None:
    option(reply, "neither")["discriminator"] = "something else"


def other_view(reply: Reply) -> None:
    option(reply, "first_only")["refuted_at"] = "400x"


@pytest.mark.parametrize(
    ("spoil", "kind"),
    [
        (five, "it does not give four options"),
        (three, "it does not give four options"),
        (none, "it does not give four options"),
        (same_cell, "its options are not those of the plan"),
        (two_keys, "it does not name exactly one key"),
        (no_key, "it does not name exactly one key"),
        (other_key, "it makes another option the key"),
        (equal, "two of its options are equal"),
        (swapped, "an option has the finding of another"),
        (synonym, "an option does not have its findings"),
        (unplanned, "an option has a finding that is not planned"),
        (foreign_option, "its option is not in English"),
        (bell, "its option is no usable text"),
        (endless, "its option is no usable text"),
        (key_in_stem, "its stem holds a finding of the options"),
        (unplanned_in_stem, "its stem has a finding that is not planned"),
        (no_stem, "its stem is no usable text"),
        (foreign_stem, "its stem is not in English"),
        (letters, "its rationale names options by letter or place"),
        (no_tokens, "its rationale does not name the options by their tokens"),
        (strange_token, "its rationale does not name the options by their tokens"),
        (invented, "its rationale has a finding that no caption states"),
        (other_discriminator, "it does not say what refutes a distractor"),
        (other_view, "it does not say what refutes a distractor"),
    ],
)
def test_a_fault_is_found_and_told(spoil: Callable[[Reply], None], kind: str) -> None:
    reply = written()
    assert faults(reply) == []
    spoil(reply)
    assert kind in faults(reply)


def test_a_given_stem_may_not_be_changed() -> None:
    reply = written(pool="fixed")
    assert faults(reply, pool="fixed") == []
    reply["stem"] = "Which pair do 10x and 200x show?"
    assert faults(reply, pool="fixed") == ["it changes the stem that was given"]


def test_a_question_about_an_impression_states_it() -> None:
    reply = written("B")
    assert faults(reply, "B") == []
    reply["stem"] = "What becomes clear at 10x and 200x?"
    assert faults(reply, "B") == ["its stem does not state the impression"]


def test_a_complaint_names_the_place_and_what_to_do() -> None:
    reply = written()
    synonym(reply)
    brief = told(item())
    complaints = [one.complaint for one in reply_defects(brief, Written.model_validate(reply))]
    assert f'The option both must hold "{brief.firsts[0]}" word for word, once.' in complaints


def test_twins_need_their_four_cells_and_no_rationale() -> None:
    planned = item(scheme=Scheme.TWINS)
    brief = told(planned)
    asked = request(brief, model="m")
    reply = json.loads(Brain().reply(asked.system, asked.user, "{}"))
    assert reply_defects(brief, TwinsWritten.model_validate(reply)) == ()
    reply["options"][0]["cell"] = "x"
    (found,) = reply_defects(brief, TwinsWritten.model_validate(reply))
    assert found.kind == "its options are not those of the plan"


@pytest.mark.parametrize("scheme", list(Scheme))
def test_good_replies_of_every_kind_have_no_fault(scheme: Scheme) -> None:
    for planned in items(scheme):
        brief = told(planned)
        asked = request(brief, model="m")
        assert asked.schema is not None
        value = asked.schema.model_validate_json(Brain().reply(asked.system, asked.user, "{}"))
        assert reply_defects(brief, value) == ()  # type: ignore[arg-type]
        texts = {one.cell: one.text for one in value.options}  # type: ignore[attr-defined]
        assert len({form(brief, cell, text) for cell, text in texts.items()}) == 1


def test_the_form_shows_what_is_not_a_finding() -> None:
    brief = told(item())
    text = f"Here {brief.firsts[0].upper()}, there  {brief.seconds[0]}."
    assert form(brief, "both", text) == "here \u27e81\u27e9, there \u27e82\u27e9"
