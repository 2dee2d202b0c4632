from django.db.models import QuerySet

from webapp.core.models import Event


def audit_log(*, actor: str = "", verb: str = "", about: str = "") -> QuerySet[Event]:
    """Every write, newest first; `about` is "items.item" or "items.item 7", and a verb may be
    written as the page shows it.
    """
    events = Event.objects.all()
    if actor:
        events = events.filter(actor_name=actor)
    if verb:
        events = events.filter(verb=verb.strip().lower().replace(" ", "_"))
    kind, _, number = about.strip().partition(" ")
    if kind:
        events = events.filter(object_type=kind)
    if number:
        events = events.filter(object_id=number.strip())
    return events
