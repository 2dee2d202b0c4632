"""Blocks of patients that share texts: twins live inside one, and no split or fold divides one.

A text that were shared without blocks would tie patient to patient until all hang together and
nothing can be split any more. Patients who were tied by an earlier batch stay in one block.
"""

import random
from collections.abc import Collection, Iterable, Mapping, Sequence

LARGEST = 4

Block = tuple[str, ...]


def blocks_of(
    organs: Mapping[str, str], *, seed: int, tied: Iterable[Collection[str]] = ()
) -> tuple[Block, ...]:
    """Blocks of 2 to 4 patients, each in one block at most, those of one organ first.

    `organs` is each patient's organ: patients of one organ have more to share. `tied` are sets of
    patients that share texts already (others than these may be among them). Only one patient can
    be left over, in no block.
    """
    rng = random.Random(seed)
    older = _joined(tied)
    free = sorted(set(organs) - {patient for block in older for patient in block})
    waiting = _by_organ(free, organs, rng)
    blocks = []
    for block in older:
        here = [patient for patient in block if patient in organs]
        if here:
            room = max(0, LARGEST - len(block))
            here += [waiting.pop() for _ in range(min(room, len(waiting)))]
            blocks.append(here)
    blocks += _cut(waiting)
    return tuple(tuple(sorted(block)) for block in blocks if len(block) > 1)


def _by_organ(patients: Sequence[str], organs: Mapping[str, str], rng: random.Random) -> list[str]:
    shuffled = rng.sample(patients, len(patients))
    return sorted(shuffled, key=lambda patient: organs[patient])


def _cut(patients: Sequence[str]) -> list[list[str]]:
    """Fours; of what is left over none alone, as long as there is another."""
    cut = [list(patients[at : at + LARGEST]) for at in range(0, len(patients), LARGEST)]
    if len(cut) > 1 and len(cut[-1]) == 1:
        cut[-1].insert(0, cut[-2].pop())
    return cut


def _joined(tied: Iterable[Collection[str]]) -> list[Block]:
    """Sets that have a patient in common become one; in the order of their first patients."""
    block_of: dict[str, set[str]] = {}
    for each in tied:
        joined = set(each).union(*(block_of.get(patient, set()) for patient in each))
        block_of.update(dict.fromkeys(joined, joined))
    return sorted({tuple(sorted(block)) for block in block_of.values()})
