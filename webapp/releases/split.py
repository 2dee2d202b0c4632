"""Train, val and test without a shared patient.

Patients that share a twin group (the same text bound to several patients) form one block with
all their items, because a model that saw one twin knows the other's answer. Blocks, largest
first, go where they best fill what each split still lacks of items, dimensions and organs.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from math import isclose, isfinite
from typing import Literal

Split = Literal["train", "val", "test"]
SPLITS: tuple[Split, ...] = ("train", "val", "test")
RATIOS = (0.7, 0.1, 0.2)

_SIZE_WEIGHT = 4.0
"""The number of items counts as much as four dimensions or organs."""

Label = tuple[str, str]


class SplitError(ValueError):
    """Items or ratios that cannot be split; the message says which."""


@dataclass(frozen=True)
class SplitItem:
    uid: str
    patient: str
    dimension: str
    organ: str
    twin_group: str = ""
    """Items with the same text under other patients; empty for none."""


@dataclass(frozen=True)
class _Block:
    """Items that must stay together; `rank` breaks ties by the seed."""

    uids: tuple[str, ...]
    labels: Counter[Label]
    rank: bytes


def split_by_patient(
    items: Sequence[SplitItem], seed: str | int, ratios: Sequence[float] = RATIOS
) -> dict[str, Split]:
    """The split of each item by uid; independent of the order of the items.

    With fewer blocks than splits the splits with the largest ratios are filled; see
    `empty_splits` for which stay empty.
    """
    shares = _shares(ratios)
    blocks = _blocks(_checked(items), seed)
    wanted = _wanted(blocks, shares)
    placed: dict[Split, list[_Block]] = {split: [] for split in shares}
    have: dict[Split, Counter[Label]] = {split: Counter() for split in shares}
    for block in sorted(blocks, key=lambda block: (-len(block.uids), block.rank)):
        split = min(
            shares, key=lambda name: (_cost(block, have[name], wanted[name]), -shares[name])
        )
        placed[split].append(block)
        have[split].update(block.labels)
    _fill_empty(placed, shares)
    return {
        uid: split for split, chosen in placed.items() for block in chosen for uid in block.uids
    }


def empty_splits(
    assignment: Mapping[str, Split], ratios: Sequence[float] = RATIOS
) -> tuple[Split, ...]:
    """The splits that should hold something and do not."""
    filled = set(assignment.values())
    return tuple(split for split in _shares(ratios) if split not in filled)


def empty_split_notes(
    items: Sequence[SplitItem], assignment: Mapping[str, Split], ratios: Sequence[float] = RATIOS
) -> tuple[str, ...]:
    """One sentence for each empty split, with the numbers."""
    patients = len({item.patient for item in items})
    blocks = len(_blocks(_checked(items), 0))
    tied = f" in {_count(blocks, 'inseparable group')}" if blocks != patients else ""
    return tuple(
        f"The {split} split is empty: {_count(patients, 'patient')}{tied} "
        f"cannot fill {len(_shares(ratios))} splits; approve items of more patients."
        for split in empty_splits(assignment, ratios)
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"


def _shares(ratios: Sequence[float]) -> dict[Split, float]:
    if len(ratios) != len(SPLITS) or not all(isfinite(r) and r >= 0 for r in ratios):
        raise SplitError(f"Ratios {tuple(ratios)} are no shares of train, val and test.")
    if not isclose(sum(ratios), 1.0, abs_tol=1e-6):
        raise SplitError(f"Ratios {tuple(ratios)} add up to {sum(ratios):g}; make them add to 1.")
    return {split: ratio for split, ratio in zip(SPLITS, ratios, strict=True) if ratio > 0}


def _checked(items: Iterable[SplitItem]) -> list[SplitItem]:
    """The items by uid, each known once and with a patient."""
    ordered = sorted(items, key=lambda item: item.uid)
    for item, after in pairwise(ordered):
        if item.uid == after.uid:
            raise SplitError(f"Item {item.uid} is given twice; give it once.")
    for item in ordered:
        if not item.patient:
            raise SplitError(f"Item {item.uid} has no patient; name one, or it could leak.")
    return ordered


def _blocks(items: Sequence[SplitItem], seed: str | int) -> list[_Block]:
    roots = _roots(items)
    members: dict[str, list[SplitItem]] = defaultdict(list)
    for item in items:
        members[roots[item.patient]].append(item)
    return [_block(root, group, seed) for root, group in members.items()]


def _block(root: str, items: Sequence[SplitItem], seed: str | int) -> _Block:
    labels: Counter[Label] = Counter()
    for item in items:
        labels.update([("all", ""), ("dimension", item.dimension), ("organ", item.organ)])
    rank = sha256(f"{seed}\n{root}".encode()).digest()
    return _Block(tuple(item.uid for item in items), labels, rank)


def _roots(items: Sequence[SplitItem]) -> dict[str, str]:
    """Each patient's block, named by its first patient in the order of names (union-find)."""
    parent = {item.patient: item.patient for item in items}

    def root_of(patient: str) -> str:
        while parent[patient] != patient:
            parent[patient] = parent[parent[patient]]
            patient = parent[patient]
        return patient

    first_of_group: dict[str, str] = {}
    for item in items:
        if item.twin_group:
            first = first_of_group.setdefault(item.twin_group, item.patient)
            one, other = sorted((root_of(first), root_of(item.patient)))
            parent[other] = one
    return {patient: root_of(patient) for patient in parent}


def _wanted(
    blocks: Sequence[_Block], shares: Mapping[Split, float]
) -> dict[Split, dict[Label, float]]:
    total: Counter[Label] = Counter()
    for block in blocks:
        total.update(block.labels)
    return {
        split: {label: share * count for label, count in total.items()}
        for split, share in shares.items()
    }


def _cost(block: _Block, have: Counter[Label], wanted: Mapping[Label, float]) -> float:
    """How much further from its wishes the split would be with this block (chi-square)."""
    return sum(
        (_SIZE_WEIGHT if label[0] == "all" else 1.0)
        * count
        * (2 * (have[label] - wanted[label]) + count)
        / wanted[label]
        for label, count in sorted(block.labels.items())
    )


def _fill_empty(placed: dict[Split, list[_Block]], shares: Mapping[Split, float]) -> None:
    """Give each empty split the smallest block of one that holds several; largest ratio first."""
    for split in sorted(shares, key=lambda name: -shares[name]):
        donors = [
            (len(block.uids), block.rank, donor, block)
            for donor, blocks in placed.items()
            if len(blocks) > 1
            for block in blocks
        ]
        if not placed[split] and donors:
            _, _, donor, block = min(donors, key=lambda one: one[:2])
            placed[donor].remove(block)
            placed[split].append(block)
