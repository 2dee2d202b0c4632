"""Which triplet gets which question, so that the batch as a whole gives nothing away.

For each question a text is chosen first: two findings of one attribute crossed with two of another.
Which of its four options is true is then drawn by lot, among those that some unused triplet makes
true, and only then the triplet is taken. So, given the text, every option is as likely as any other
and no phrase, length or likeness tells. Texts of which all four options can be true come first;
then those where two opposite ones can, which leaves each phrase true in half of its uses. Only when
a dimension has no such text left are others used: these are marked `balanced=False` and noted.

With the scheme of twins each text is asked of several patients of one block, another option being
true of each (webapp.generation.twins).

The same facts (in any order), dimensions, count and seed give the same plan, and a plan of fewer
questions is the beginning of a plan of more. Twins come in twos and fours, so that an odd count is
planned with one question less.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from annotation_configs.load import Vocabulary, dimension
from annotation_configs.load import vocabulary as default_vocabulary
from webapp.generation.blocks import blocks_of
from webapp.generation.catalog import TripletFacts
from webapp.generation.config import Scheme
from webapp.generation.desk import Desk
from webapp.generation.planned import PlanError, PlannedItem
from webapp.generation.planner import Planner
from webapp.generation.slots import Evidence, evidence, lacking
from webapp.generation.twin_shelf import Roster
from webapp.generation.twins import TwinPlanner
from webapp.items.mcq import Dimension

__all__ = ["Plan", "PlanError", "PlannedItem", "Planning", "make_plan", "plan_batch", "plan_items"]

Tied = Iterable[Collection[str]]
"""Sets of patients that share texts of earlier batches, and so must stay in one block."""


@dataclass(frozen=True)
class Plan:
    items: tuple[PlannedItem, ...]
    notes: tuple[str, ...]
    """Sentences for the curator: what could not be planned, and why."""


class _Planner(Protocol):
    @property
    def without(self) -> Mapping[str, int]:
        """How many triplets have nothing to offer to a dimension."""
        ...

    def items(self, count: int) -> Iterator[PlannedItem]: ...

    def remarks(self, made: int, count: int) -> Iterator[str]:
        """Why fewer were made, and what else the curator should know."""
        ...


class Planning:
    """The items one by one, each made when it is asked for; they never stand in memory at once."""

    def __init__(self, planner: _Planner, count: int, gaps: Sequence[str]) -> None:
        self._planner, self._count, self._gaps = planner, count, gaps
        self._items = planner.items(count)
        self._made = self._uneven = 0

    def __iter__(self) -> Iterator[PlannedItem]:
        return self

    def __next__(self) -> PlannedItem:
        item = next(self._items)
        self._made += 1
        self._uneven += not item.balanced
        return item

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences for the curator: what could not be planned, and why. Whole at the end."""
        remarks = self._planner.remarks(self._made, self._count)
        return (*self._gaps, *remarks, *_unevenness(self._made, self._uneven))


def plan_batch(
    facts: Sequence[TripletFacts],
    *,
    dimensions: Sequence[str],
    count: int,
    seed: int,
    vocabulary: Vocabulary | None = None,
) -> tuple[PlannedItem, ...]:
    """The items of `make_plan`: at most `count`, fewer where the facts allow no more."""
    planned = make_plan(facts, dimensions=dimensions, count=count, seed=seed, vocabulary=vocabulary)
    return planned.items


def make_plan(
    facts: Sequence[TripletFacts],
    *,
    dimensions: Sequence[str],
    count: int,
    seed: int,
    scheme: Scheme = Scheme.FACTORIAL,
    free_share: float = 0.0,
    tied: Tied = (),
    vocabulary: Vocabulary | None = None,
) -> Plan:
    """`plan_items`, all of them."""
    planning = plan_items(
        facts,
        dimensions=dimensions,
        count=count,
        seed=seed,
        scheme=scheme,
        free_share=free_share,
        tied=tied,
        vocabulary=vocabulary,
    )
    items = tuple(planning)
    return Plan(items, planning.notes)


def plan_items(
    facts: Sequence[TripletFacts],
    *,
    dimensions: Sequence[str],
    count: int,
    seed: int,
    scheme: Scheme = Scheme.FACTORIAL,
    free_share: float = 0.0,
    tied: Tied = (),
    vocabulary: Vocabulary | None = None,
) -> Planning:
    """`free_share` (0 to 1) of each dimension's items get a stem in the model's own words."""
    _check(facts, dimensions, count, free_share)
    words = vocabulary or default_vocabulary()
    names = sorted(set(dimensions))
    ordered, roster = sorted(facts, key=lambda one: one.uid), None
    if scheme is Scheme.TWINS:
        ordered, roster = _by_block(ordered, seed, tied)
    known = [evidence(one, words) for one in ordered]
    desk = Desk(
        [one.uid for one in ordered],
        [one.patient for one in ordered],
        names,
        words,
        seed=seed,
        free_share=free_share,
    )
    planner: _Planner = (
        Planner(known, names, words, desk)
        if roster is None
        else TwinPlanner(known, roster, names, words, desk)
    )
    alone = len(facts) - len(ordered)
    return Planning(planner, count, (*_gaps(planner.without, known), *_lonely(alone, len(facts))))


def _by_block(
    facts: Sequence[TripletFacts], seed: int, tied: Tied
) -> tuple[list[TripletFacts], Roster]:
    """The triplets that may have twins, block by block."""
    organs = {one.patient: one.organ for one in reversed(facts)}
    blocks = blocks_of(organs, seed=seed, tied=tied)
    block_of = {patient: number for number, block in enumerate(blocks) for patient in block}
    found = sorted(
        (one for one in facts if one.patient in block_of),
        key=lambda one: (block_of[one.patient], one.uid),
    )
    return found, Roster([one.patient for one in found], [block_of[one.patient] for one in found])


def _check(
    facts: Sequence[TripletFacts], dimensions: Sequence[str], count: int, free_share: float
) -> None:
    twice = [uid for uid, uses in Counter(one.uid for one in facts).items() if uses > 1]
    if twice:
        raise PlanError(f"Triplet {min(twice)} is given twice; give each triplet once.")
    strangers = sorted(set(dimensions) - {one.value for one in Dimension})
    if strangers or not dimensions:
        named = f"{strangers[0]!r} is no dimension" if strangers else "No dimension is chosen"
        raise PlanError(f"{named}; choose from A, B, C, D and E.")
    if count < 1:
        raise PlanError(f"A batch of {count} questions is impossible; ask for 1 or more.")
    if not 0 <= free_share <= 1:
        raise PlanError(f"A free share of {free_share} is impossible; give one from 0 to 1.")


def _gaps(without: Mapping[str, int], known: Sequence[Evidence]) -> Iterator[str]:
    """Which dimensions lack facts, and in how many triplets."""
    total = len(known)
    narrow = sum(len(one.present) < 2 for one in known)
    if narrow:
        yield f"{narrow} of {total} triplets have a caption at fewer than two scales: no question."
    for name, lack in without.items():
        if lack:
            title = dimension(name).title
            yield f"{name} ({title}): {lack} of {total} triplets lack {lacking(name)}."


def _unevenness(made: int, uneven: int) -> Iterator[str]:
    if uneven:
        yield (
            f"{uneven} of {made} questions use findings that are true (or false) too often "
            "among these triplets to be set off against each other; a reader without images may "
            "profit from that. More varied triplets would mend it."
        )


def _lonely(alone: int, total: int) -> Iterator[str]:
    if alone:
        yield (f"{alone} of {total} triplets are of a patient who is alone here: twins need two.")
