"""What the emulator's model "thinks": captions read, questions written and guessed at by rule.

The same prompt always gets the same reply. How well it behaves is a choice, so that every fault and
leak that real models show is met from end to end: `Brain(misbehave=0.1)` gives every tenth question
a defect at first, and mends it when it is told.
"""

import json
import re
from dataclasses import dataclass
from hashlib import sha256

from tests.emulator import plain
from tests.emulator.brain_guesser import analysis, attempt
from tests.emulator.brain_reader import findings
from tests.emulator.brain_writer import Manner, written

_BLOCK = re.compile(r"<(\w+)>\n(.*?)\n</\1>", re.DOTALL)

LESSONS, COMPLAINTS = "Lessons from questions", "What was wrong with your attempts"
"""How those parts of the prompt begin."""


@dataclass(frozen=True)
class Brain:
    """Shares from 0 to 1, each of other questions than the next.

    `misbehave`: the first writing has a defect (five options, two keys, …), mended on a complaint.
    `leaky`: options that the text tells apart, until a lesson on their form or length comes.
    `stubborn`: the same, and no lesson helps. `prone`: guesses with confidence by a liking for the
    words of one option, whatever its place. `invent`: reads a finding that no caption states.
    """

    misbehave: float = 0.0
    leaky: float = 0.0
    stubborn: float = 0.0
    prone: float = 0.0
    invent: float = 0.0

    def reply(self, system: str, user: str, schema_json: str | None) -> str:
        """The text of the answer; `schema_json` is empty where no object is asked for."""
        blocks = dict(_BLOCK.findall(user))
        if not schema_json or not blocks:
            return plain.reply(system, user, schema_json or "")
        if "plan" in blocks:
            return self._write(blocks["plan"], user)
        if "chosen" in blocks:
            return json.dumps(analysis(blocks["options"], blocks["chosen"]))
        if "question" in blocks:
            return json.dumps(attempt(blocks["question"], blocks["options"], self.prone))
        if "caption" in blocks:
            return json.dumps(findings(system, blocks["caption"], self.invent))
        return plain.reply(system, user, schema_json)

    def _write(self, plan: str, user: str) -> str:
        told = user.partition(COMPLAINTS)[2]
        lessons = user.partition(LESSONS)[2].partition(COMPLAINTS)[0]
        manner = Manner(
            number=number(plan, lessons, told),
            defect=share("defect", plan) < self.misbehave and not told and not lessons,
            leak=share("stubborn", plan) < self.stubborn
            or (share("leak", plan) < self.leaky and not lessons),
            told=told,
        )
        return written(json.loads(plan), manner)


def number(*parts: str) -> int:
    """Many bits that hang on the parts alone."""
    return int.from_bytes(sha256("\n".join(parts).encode()).digest()[:8])


def share(*parts: str) -> float:
    return number(*parts) / 2**64


def reply(system: str, user: str, schema_json: str | None) -> str:
    """A well-behaved model's."""
    return _GOOD.reply(system, user, schema_json)


_GOOD = Brain()
