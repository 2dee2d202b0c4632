from typing import Any

from django.http import HttpRequest

from webapp.api.door import api, keyholder, paged
from webapp.api.paging import PageNumber, PerPage
from webapp.api.schemas.calls import CallOut, CallRow
from webapp.api.schemas.common import Page
from webapp.generation import queries
from webapp.generation.queries.plain import call_row, call_whole
from webapp.generation.states import CallOutcome


@api.get("/calls", response=Page[CallRow], tags=["calls"])
def list_calls(
    request: HttpRequest,
    page: PageNumber,
    per_page: PerPage,
    batch: int | None = None,
    slot: int | None = None,
    stage: str = "",
    outcome: CallOutcome | None = None,
    model: str = "",
) -> dict[str, Any]:
    """Calls of language models, newest first; prompts and replies are with the single call."""
    keyholder(request)
    found = queries.filtered_calls(
        batch=batch, slot=slot, stage=stage, outcome=outcome or "", model=model
    )
    part = paged(found, page, per_page)
    return {**part, "results": [call_row(call) for call in part["rows"]]}


@api.get("/calls/{int:call_id}", response=CallOut, tags=["calls"])
def show_call(request: HttpRequest, call_id: int) -> dict[str, Any]:
    """What was asked, answered and paid."""
    keyholder(request)
    return call_whole(queries.call_to_show(call_id))
