"""From a prompt's file to a request."""

from annotation_configs.prompts import prompt
from workers.llm.types import Request
from workers.pipeline.schemas import SCHEMAS


def request_for(
    name: str, model: str, *, twins: bool = False, asking: int = 0, **values: object
) -> Request:
    """The newest version of a prompt, filled in; all else as its front matter says."""
    wanted = prompt(name)
    system, user = wanted.render(**values)
    return Request(
        model=model,
        system=system,
        user=user,
        schema=SCHEMAS[wanted.twins_schema if twins else wanted.schema],
        max_tokens=wanted.max_tokens,
        temperature=wanted.temperature,
        prompt=wanted.ref,
        asking=asking,
    )
