"""An Asker around the emulator's brain: real stages, no network."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from tests.emulator.brain import Brain
from workers.llm.parse import answered
from workers.llm.types import Reply, Request

Fault = Callable[[str, Request], Reply | None]


@dataclass
class BrainAsker:
    """Answers with `brain`, or with what `fault` gives for a request; keeps all that was asked, and
    answers the same from the record, as the engine does."""

    brain: Brain = field(default_factory=Brain)
    fault: Fault = lambda stage, request: None
    asked: list[tuple[str, Request]] = field(default_factory=list)
    record: dict[str, Reply] = field(default_factory=dict)

    async def ask(self, stage: str, request: Request) -> Reply:
        self.asked.append((stage, request))
        key = request.key()
        if key not in self.record:
            self.record[key] = self._answer(stage, request)
        return self.record[key]

    def _answer(self, stage: str, request: Request) -> Reply:
        faulty = self.fault(stage, request)
        if faulty is not None:
            return faulty
        schema = request.schema.model_json_schema() if request.schema else None
        text = self.brain.reply(request.system, request.user, str(schema) if schema else "")
        return replace(answered(request, text), call=len(self.record) + 1)
