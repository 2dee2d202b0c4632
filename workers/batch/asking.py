"""One call outside any batch: does a model answer?"""

import asyncio

from django.conf import settings

from webapp.generation.actions.calls import EndedCall, close_check
from webapp.generation.models import Call
from webapp.generation.queries import models_on_offer
from webapp.generation.states import CallOutcome
from workers.batch.ledger import ended_call
from workers.llm.errors import LlmError
from workers.llm.registry import Credentials, open_client
from workers.llm.retries import Policy
from workers.llm.types import Reply, Request


def check(call: Call) -> None:
    """Send the check that the row describes and store how it ended."""
    request = Request(model=call.model, **call.request)
    try:
        reply = asyncio.run(_ask(request))
    except LlmError as error:
        close_check(EndedCall(call.pk, CallOutcome.FAILED, error=error.message))
    else:
        close_check(ended_call(call.pk, reply, models_on_offer()[call.model]))


async def _ask(request: Request) -> Reply:
    client = open_client(
        [request.model],
        Credentials(settings.LLM_KEYS, settings.LLM_BASE_URLS),
        settings.REDIS_URL,
        policy=Policy(tries=1),
        models_file=settings.LLM_MODELS_FILE,
    )
    try:
        return await client.ask(request)
    finally:
        await client.close()
