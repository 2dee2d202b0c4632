"""Counterfactual twins: one text asked of several patients, another option being true of each.

A text that is asked of four patients, each of its options being true of one, tells nothing: every
guess is right once. Such fours come first. Then come pairs: two options that share no finding, so
that each finding is true once and false once. Which two is drawn by lot between the two ways there
are, as long as both are possible; else the text would tell which findings go together.

Where the keys stand is drawn for each twin by itself, so that no twin's letter tells another's.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from annotation_configs.load import Vocabulary
from webapp.generation.catalog import features_of
from webapp.generation.desk import Desk, Wear
from webapp.generation.factorial import CELLS
from webapp.generation.planned import PlannedItem
from webapp.generation.rota import Rota
from webapp.generation.slots import Evidence, Slot, slots
from webapp.generation.texts import Place, Text
from webapp.generation.twin_shelf import DIAGONALS, Roster, TwinShelf, TwinText, Words

_LOOKED_AT = 8
"""Of so many blocks in which a text has twins the least used is taken."""

T = TypeVar("T")
Member = tuple[Place, int]
"""Which option is true of which triplet."""


@dataclass(frozen=True)
class Group:
    """The first two members share no finding, nor do the other two."""

    text: TwinText
    block: int
    members: tuple[Member, ...]
    balanced: bool = True


Attempt = Callable[[str, TwinText], Group | None]


class TwinPlanner:
    """The state of one planning; `known` are the triplets in the order of the roster."""

    def __init__(
        self,
        known: Sequence[Evidence],
        roster: Roster,
        dimensions: Sequence[str],
        vocabulary: Vocabulary,
        desk: Desk,
    ) -> None:
        self._known, self._roster, self._desk = known, roster, desk
        self._vocabulary = vocabulary
        self._shelves = {name: self._stocked(name) for name in dimensions}
        self._texts = {name: list(shelf.frames()) for name, shelf in self._shelves.items()}
        self._block_uses: Counter[tuple[str, int]] = Counter()
        self._spent: defaultdict[tuple[str, Words], set[str]] = defaultdict(set)

    @property
    def without(self) -> Mapping[str, int]:
        """How many triplets have nothing to offer to a dimension."""
        return {name: shelf.without for name, shelf in self._shelves.items()}

    def remarks(self, made: int, count: int) -> Iterator[str]:
        if made == count - 1:
            yield f"{made} of {count} questions were planned: twins come in twos and fours."
        elif made < count:
            found = [one for frames in self._texts.values() for frame in frames for one in frame]
            lacking = sum(not one.groups for one in found)
            yield (
                f"{made} of {count} questions were planned: {lacking} of {len(found)} texts have "
                "no twins, that is no two patients of a block of whom opposite options are true, "
                "and the others are used up. Add patients, or captions that say more of the same "
                "things."
            )

    def items(self, count: int) -> Iterator[PlannedItem]:
        """Whole groups; of the last four only two where no more are asked for."""
        left = count
        for name, group in self._groups():
            members = group.members[: left // 2 * 2]
            left -= len(members)
            if not members:
                return
            yield from self._planned(name, group, members)

    def _stocked(self, name: str) -> TwinShelf:
        shelf = TwinShelf(self._roster, claims=name == "B", vocabulary=self._vocabulary)
        for number, known in enumerate(self._known):
            shelf.lay(number, known.present, slots(name, known, self._vocabulary))
        return shelf

    def _groups(self) -> Iterator[tuple[str, Group]]:
        """Dimensions take turns; what tells something comes when none has any silent text left."""
        silent = (self._new_four, self._four, self._counted_pair, self._pair_by_lot)
        for attempts in (silent, (self._pair,)):
            sources = {name: self._groups_of(name, attempts) for name in self._texts}
            while sources:
                name = self._desk.next_dimension(sources)
                group = next(sources[name], None)
                if group is None:
                    del sources[name]
                else:
                    yield name, group

    def _groups_of(self, name: str, attempts: Sequence[Attempt]) -> Iterator[Group]:
        for attempt in attempts:
            rota = Rota(self._texts[name], self._desk.rng)
            while (group := rota.take(partial(self._attempt, attempt, name))) is not None:
                self._take(name, group)
                yield group

    def _attempt(self, attempt: Attempt, name: str, one: TwinText) -> Group | None:
        self._shelves[name].open(one)
        return attempt(name, one) if self._desk.templates(name, one.text) else None

    def _new_four(self, name: str, one: TwinText) -> Group | None:
        """In words that no block has yet: who is not told which questions are twins can see it, as
        long as the words of each are in one block only.
        """
        spent = self._spent[name, one.words]
        return (
            self._four(name, one)
            if len(spent) < len(self._desk.templates(name, one.text))
            else None
        )

    def _four(self, name: str, one: TwinText) -> Group | None:
        ways = self._shuffled([self._shuffled(way) for way in DIAGONALS])
        return self._found(name, one, one.fours, [place for way in ways for place in way])

    def _counted_pair(self, name: str, one: TwinText) -> Group | None:
        """As many pairs as either way has blocks: else the last would be known to who counts."""
        return self._pair_by_lot(name, one) if one.pairs < one.most_pairs else None

    def _pair_by_lot(self, name: str, one: TwinText) -> Group | None:
        found = [self._pair_of(name, one, way) for way in range(len(DIAGONALS))]
        groups = [group for group in found if group is not None]
        return self._desk.rng.choice(groups) if len(groups) == len(DIAGONALS) else None

    def _pair(self, name: str, one: TwinText) -> Group | None:
        for way in self._shuffled(range(len(DIAGONALS))):
            group = self._pair_of(name, one, way)
            if group is not None:
                return Group(one, group.block, group.members, balanced=False)
        return None

    def _pair_of(self, name: str, one: TwinText, way: int) -> Group | None:
        return self._found(name, one, one.ways[way], self._shuffled(DIAGONALS[way]))

    def _found(
        self, name: str, one: TwinText, blocks: list[int], places: Sequence[Place]
    ) -> Group | None:
        """In one of the least used of the blocks; those where it fails are struck off."""
        while blocks:
            looked_at = self._desk.rng.sample(blocks, min(len(blocks), _LOOKED_AT))
            for block in sorted(looked_at, key=lambda each: self._block_uses[name, each]):
                members = self._bound(name, one, block, places)
                if members is not None:
                    return Group(one, block, members)
                blocks.remove(block)
        return None

    def _bound(
        self, name: str, one: TwinText, block: int, places: Sequence[Place]
    ) -> tuple[Member, ...] | None:
        """A triplet for each option, all of different patients; the least used where it can be."""
        free = [self._shelves[name].free(one, place, block) for place in places]
        best = [
            {
                each: min(found, key=partial(self._wear, name, one, place))
                for each, found in by.items()
            }
            for place, by in zip(places, free, strict=True)
        ]
        patients = different(
            [self._least_worn(name, one, *each) for each in zip(places, best, strict=True)]
        )
        if patients is None:
            return None
        return tuple(
            (place, by[patient]) for place, by, patient in zip(places, best, patients, strict=True)
        )

    def _least_worn(
        self, name: str, one: TwinText, place: Place, by_patient: Mapping[str, int]
    ) -> list[str]:
        return sorted(by_patient, key=lambda each: self._wear(name, one, place, by_patient[each]))

    def _wear(self, name: str, one: TwinText, place: Place, triplet: int) -> Wear:
        return self._desk.wear(name, triplet, one.text, place)

    def _take(self, name: str, group: Group) -> None:
        for place, triplet in group.members:
            self._shelves[name].take(group.text, place, triplet)
        group.text.groups += 1
        group.text.pairs += len(group.members) == len(DIAGONALS)
        self._block_uses[name, group.block] += len(group.members)

    def _planned(self, name: str, group: Group, members: Sequence[Member]) -> Iterator[PlannedItem]:
        text, kin = group.text.text, group.text.kin
        pool = self._desk.pool(name, len(group.members))
        spent = self._spent[name, group.text.words]
        template = self._desk.template(name, pool, text, spent)
        spent.add(template.name)
        subject = features_of(self._vocabulary)[kin.subject] if kin.subject else None
        twins = self._desk.twins(name, kin, template.name, pool, _ids(text), self._uids(group))
        for place, triplet in members:
            slot = Slot(*text.true(place))
            yield self._desk.planned(
                triplet,
                text.question(name, template, place, slot, subject),
                pool=pool,
                key_place=self._desk.any_place(),
                balanced=group.balanced,
                twins=twins,
                group_keys=_keys(place, [other for other, _ in group.members]),
            )

    def _uids(self, group: Group) -> list[str]:
        return [self._known[triplet].uid for _, triplet in group.members]

    def _shuffled(self, found: Sequence[T]) -> list[T]:
        return self._desk.rng.sample(found, len(found))


def different(choices: Sequence[Sequence[str]]) -> list[str] | None:
    """One of each, no two the same: the first way that there is."""
    if not choices:
        return []
    for one in choices[0]:
        rest = different([[each for each in other if each != one] for other in choices[1:]])
        if rest is not None:
            return [one, *rest]
    return None


def _keys(own: Place, places: Sequence[Place]) -> str:
    """The cells that are the key of some twin, by their number in the item whose place this is."""
    same = {(one is own[0], other is own[1]) for one, other in places}
    return "".join(str(number) for number, cell in enumerate(CELLS) if cell in same)


def _ids(text: Text) -> list[str]:
    parts = [*text.first, *text.second, *([text.claim] if text.claim else [])]
    return [one.id for one in parts]
