"""Questions about slides, triplets and imports."""

from django.db.models import QuerySet

from webapp.slides.models import Import
from webapp.slides.states import ImportState

UNFINISHED = (ImportState.QUEUED, ImportState.RUNNING)


def stalled_imports() -> QuerySet[Import]:
    """Imports that wait or run and that no worker holds."""
    return Import.objects.filter(Import.unclaimed(), state__in=UNFINISHED)
