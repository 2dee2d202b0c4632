"""How an item came to be: every text, what tried it, what its leaks taught, what was asked."""

from collections.abc import Iterator
from dataclasses import dataclass

from webapp.generation.models import Call, Lesson, Screening, Slot
from webapp.generation.queries.calls import calls_with_ids
from webapp.items.models import Item, Revision


@dataclass(frozen=True)
class Chapter:
    """A text of the item."""

    revision: Revision
    screenings: tuple[Screening, ...]
    lessons: tuple[Lesson, ...]


@dataclass(frozen=True)
class Story:
    """`calls` are all that the texts and screenings rest on, whichever batch paid for them."""

    slot: Slot | None
    chapters: tuple[Chapter, ...]
    calls: tuple[Call, ...]


def story_of(item: Item) -> Story:
    """In a fixed number of queries; for somebody who may see the item's key."""
    revisions = item.revisions.select_related("author").order_by("number")
    told = revisions.prefetch_related("screenings", "lessons")
    chapters = tuple(
        Chapter(one, tuple(one.screenings.all()), tuple(one.lessons.all())) for one in told
    )
    return Story(
        slot=Slot.objects.select_related("batch").filter(item=item).first(),
        chapters=chapters,
        calls=tuple(calls_with_ids(call for one in chapters for call in _call_ids(one, item))),
    )


def _call_ids(chapter: Chapter, item: Item) -> Iterator[int]:
    """Of each stage in the provenance that the worker wrote, of screenings and of lessons."""
    if item.origin == Item.Origin.GENERATED:  # an imported one's is what its file says
        for ids in chapter.revision.provenance.get("calls", {}).values():
            yield from ids
    for screening in chapter.screenings:
        yield from screening.calls
    yield from (lesson.call_id for lesson in chapter.lessons if lesson.call_id)
