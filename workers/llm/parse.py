"""From what a provider sent to a Reply: the wanted object, or the reason why there is none."""

import re

from pydantic import BaseModel, ValidationError

from workers.llm.types import Outcome, Reply, Request, Usage

_FENCE = re.compile(r"^\s*```[a-zA-Z]*\s*\n(?P<inside>.*?)\n?\s*```\s*$", re.DOTALL)
_MARKUP = re.compile(r"^\s*<(!doctype|html|\?xml)", re.IGNORECASE)
_TOO_LONG = re.compile(
    r"context.?length|maximum.{0,40}(tokens|context)|too many tokens|input.{0,20}length"
    r"|prompt.{0,20}too long",
    re.IGNORECASE,
)
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
EXCERPT = 200


def answered(request: Request, text: str, *, status: str = "", usage: Usage | None = None) -> Reply:
    """The Reply to an answer that is complete, whether or not it holds what was asked for."""
    usage, text, status = usage or Usage(), storable(text), storable(status)
    if not text.strip():
        return lacking(Outcome.MALFORMED, "The answer is empty.", status=status, usage=usage)
    if request.schema is None:
        return Reply(Outcome.OK, text=text, usage=usage, provider_status=status)
    value, error = read_object(text, request.schema)
    outcome = Outcome.MALFORMED if value is None else Outcome.OK
    return Reply(outcome, text=text, value=value, usage=usage, provider_status=status, error=error)


def lacking(
    outcome: Outcome, error: str, *, text: str = "", status: str = "", usage: Usage | None = None
) -> Reply:
    """A Reply with nothing to use; `error` is a sentence."""
    return Reply(
        outcome,
        text=storable(text),
        usage=usage or Usage(),
        provider_status=storable(status),
        error=storable(error),
    )


def storable(text: str) -> str:
    """With a mark for what a database refuses: NUL, and half a pair of surrogates, which a model
    sends that was cut off within an emoji. Done at the door, so that a reply from the record is to
    the letter the one that came.
    """
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def no_json(body: str) -> Reply:
    """The Reply to an HTTP 200 whose body is not the provider's JSON, such as a proxy's page."""
    kind = "a web page" if _MARKUP.match(body) else "something that is no JSON"
    return lacking(
        Outcome.MALFORMED,
        f"The server answered with {kind}; check the base URL and any proxy before it.",
        text=body[:EXCERPT],
    )


def too_long() -> Reply:
    """The Reply where the provider says that the question is longer than the model can take."""
    return lacking(Outcome.TRUNCATED, "The question is longer than the model can take.")


def says_too_long(detail: str) -> bool:
    return _TOO_LONG.search(detail) is not None


def read_object(text: str, wanted: type[BaseModel]) -> tuple[BaseModel | None, str]:
    """The object and "", or None and what is wrong, in words that can be told to the model."""
    try:
        return wanted.model_validate_json(text), ""
    except ValidationError as error:
        problem = error
    inside = _object_in(text)
    if inside is not None:
        try:
            return wanted.model_validate_json(inside), ""
        except ValidationError as error:
            problem = error
    return None, _complaint(problem)


def _object_in(text: str) -> str | None:
    """What stands in a code fence, or between the outermost braces; None where that is all."""
    fenced = _FENCE.match(text)
    inside = fenced["inside"] if fenced else text[text.find("{") : text.rfind("}") + 1]
    return inside if inside and inside != text else None


def _complaint(error: ValidationError) -> str:
    """The first three faults; their input is left out, as it may be long."""
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    if faults[0]["type"] == "json_invalid":
        return "The answer is no JSON."
    told = [f"{'.'.join(map(str, one['loc'])) or 'all'}: {one['msg']}" for one in faults[:3]]
    more = f" (and {len(faults) - 3} more)" if len(faults) > 3 else ""
    return storable(f"The answer does not follow the schema: {'; '.join(told)}{more}.")
