from typing import Any

from django.http import HttpRequest
from ninja import Status

from webapp.accounts.roles import Permission
from webapp.api.door import api, person
from webapp.api.schemas.calls import CallRow
from webapp.api.schemas.models import ModelOut
from webapp.generation import queries
from webapp.generation.actions import calls
from webapp.generation.queries.plain import call_row, model_row


@api.get("/models", response=list[ModelOut], tags=["models"])
def list_models(request: HttpRequest) -> list[dict[str, Any]]:
    """The language models that a batch may name, with their prices."""
    person(request, Permission.LAUNCH_BATCHES)
    return [model_row(offer) for offer in queries.models_on_offer().values()]


@api.post("/models/{str:name}/check", response={202: CallRow}, tags=["models"])
def check_model(request: HttpRequest, name: str) -> Status[Any]:
    """Ask a model for one word, on record; `GET /calls/{call_id}` tells how it ended."""
    call = calls.check_model(name, by=person(request, Permission.LAUNCH_BATCHES))
    return Status(202, call_row(queries.call_to_show(call.pk)))
