"""Questions about batches, calls and constraints; one file a topic, all of it to be had here."""

from webapp.generation.queries.balance import stored_balance
from webapp.generation.queries.batches import (
    MOST_CAUSES,
    Hits,
    Progress,
    batch_to_show,
    batches_with_counts,
    captions_unread,
    constraint_texts,
    errors_by_cause,
    features_found,
    filtered_batches,
    hits_by_adversary,
    is_queued,
    is_running,
    made_by_dimension,
    open_slots,
    progress_of,
    screenings_of,
    sleeping_batches,
    stalled_batches,
    triplets_for,
    triplets_with_captions,
)
from webapp.generation.queries.calls import (
    Spend,
    call_to_show,
    calls_with_ids,
    filtered_calls,
    spend_of,
)
from webapp.generation.queries.constraints import (
    constraint_to_show,
    filtered_constraints,
    lessons_to_show,
)
from webapp.generation.queries.funnel import Funnel, funnel_of
from webapp.generation.queries.offers import is_configured, models_on_offer
from webapp.generation.queries.story import Story, story_of
from webapp.generation.queries.twins import tied_patients

__all__ = [
    "MOST_CAUSES",
    "Funnel",
    "Hits",
    "Progress",
    "Spend",
    "Story",
    "batch_to_show",
    "batches_with_counts",
    "call_to_show",
    "calls_with_ids",
    "captions_unread",
    "constraint_texts",
    "constraint_to_show",
    "errors_by_cause",
    "features_found",
    "filtered_batches",
    "filtered_calls",
    "filtered_constraints",
    "funnel_of",
    "hits_by_adversary",
    "is_configured",
    "is_queued",
    "is_running",
    "lessons_to_show",
    "made_by_dimension",
    "models_on_offer",
    "open_slots",
    "progress_of",
    "screenings_of",
    "sleeping_batches",
    "spend_of",
    "stalled_batches",
    "stored_balance",
    "story_of",
    "tied_patients",
    "triplets_for",
    "triplets_with_captions",
]
