"""Every address of the API, one file a topic; each asks who may, then a query or an action.

Importing the topics is what registers them, in the order of the schema.
"""

from webapp.api.routes import (
    batches,
    calls,
    constraints,
    health,
    items,
    models,
    releases,
    slides,
)

__all__ = [
    "batches",
    "calls",
    "constraints",
    "health",
    "items",
    "models",
    "releases",
    "slides",
]
