"""What an item's page shows of how it was made: screenings, calls, lessons, its batch."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from django.db.models import prefetch_related_objects
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from webapp.accounts.access import PersonRequest, requires
from webapp.accounts.roles import Permission
from webapp.generation import queries
from webapp.generation.models import Call, Screening
from webapp.generation.queries.story import Chapter, Story
from webapp.items.lettering import LETTERS
from webapp.items.models import Revision
from webapp.items.queries import item_to_show

STAGES = ("decompose", "generate", "screen", "refine")


@require_GET
@requires(Permission.SEE_KEYS)
def story_part(request: PersonRequest, item_id: int) -> HttpResponse:
    """A piece for each revision, which htmx puts where the item's page has its place for it."""
    item = item_to_show(item_id, request.user)
    story = queries.story_of(item)
    lessons = [lesson for chapter in story.chapters for lesson in chapter.lessons]
    prefetch_related_objects(lessons, "constraint__versions")
    context = {
        "item": item,
        "slot": story.slot,
        "pieces": [_piece(chapter, story) for chapter in reversed(story.chapters)],
        "cost": _cost(story.calls),
        "calls": story.calls,
    }
    return render(request, "generation/_story.html", context)


def _piece(chapter: Chapter, story: Story) -> dict[str, object]:
    ids = {call for screening in chapter.screenings for call in screening.calls}
    ids |= {lesson.call_id for lesson in chapter.lessons if lesson.call_id}
    stored = chapter.revision.provenance.get("calls")
    for part in stored.values() if isinstance(stored, Mapping) else ():
        ids |= set(part)
    calls = [call for call in story.calls if call.pk in ids]
    return {
        "revision": chapter.revision,
        "screenings": [_tried(one, chapter.revision) for one in chapter.screenings],
        "verdict": _verdict(chapter.screenings),
        "lessons": chapter.lessons,
        "calls": sorted(calls, key=lambda call: (STAGES.index(call.stage), call.pk)),
        "cost": _cost(calls),
    }


def _tried(screening: Screening, revision: Revision) -> dict[str, object]:
    """With the letter of what the adversary chose, in the order of writing."""
    order = [option["id"] for option in revision.options]
    chosen = screening.option in order
    return {
        "screening": screening,
        "letter": LETTERS[order.index(screening.option)] if chosen else "",
        "is_key": chosen and screening.option == revision.key,
    }


def _verdict(screenings: Iterable[Screening]) -> str:
    """Of all adversaries together: one leak decides, then one silence."""
    given = {one.verdict for one in screenings}
    for verdict in (Screening.Verdict.LEAKS, Screening.Verdict.NONE, Screening.Verdict.HOLDS):
        if verdict in given:
            return verdict.value
    return ""


def _cost(calls: Iterable[Call]) -> Decimal:
    return sum((call.cost_usd for call in calls), Decimal(0))
