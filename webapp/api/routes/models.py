from typing import Any

from django.http import HttpRequest

from webapp.accounts.roles import Permission
from webapp.api.door import api, person
from webapp.api.schemas.models import ModelOut
from webapp.generation import queries
from webapp.generation.queries.plain import model_row


@api.get("/models", response=list[ModelOut], tags=["models"])
def list_models(request: HttpRequest) -> list[dict[str, Any]]:
    """The language models that a batch may name, with their prices."""
    person(request, Permission.LAUNCH_BATCHES)
    return [model_row(offer) for offer in queries.models_on_offer().values()]
