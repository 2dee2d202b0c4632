from django.http import HttpRequest

from webapp.api.door import api
from webapp.api.schemas.common import Health


@api.get("/health", response=Health, auth=None, tags=["health"])
def health(request: HttpRequest) -> dict[str, str]:
    """Whether the web process answers."""
    return {"status": "ok"}
