"""The whole family of text-only adversaries, run on a set of questions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from webapp.items.leakage.adversary import TIE_TOLERANCE, guess
from webapp.items.leakage.blocks import FOLDS, blocks_of
from webapp.items.leakage.corpus import read_corpus
from webapp.items.leakage.crossfit import STACKED, Progress, crossfit
from webapp.items.leakage.designs import BASES
from webapp.items.leakage.stats import AdversaryReport, report_of
from webapp.items.leakage.structural import STRUCTURAL
from webapp.items.mcq import Mcq

LEARNED = (*BASES, STACKED)
LEARNED_VERSION = "1"
LEAST_ITEMS = 20
"""Below so many questions nothing is learned."""
LARGE = 1_500
LARGE_FOLDS = 5
"""From LARGE questions on fewer folds do: each fit has enough to learn from."""


@dataclass(frozen=True)
class Family:
    """What each adversary made of each question, and in which block the question is.

    `right` holds by adversary the chance that it hits the key, ties drawn by lot; None for a
    learned probe that could not be tried. `notes` are sentences that say why, or what else to know.
    """

    items: tuple[Mcq, ...]
    blocks: tuple[str, ...]
    right: Mapping[str, tuple[float, ...] | None]
    versions: Mapping[str, str]
    notes: tuple[str, ...] = ()

    def reports(self, *, seed: int = 0) -> dict[str, AdversaryReport]:
        """By adversary: accuracy with its interval over blocks, all in all and by dimension."""
        return {
            name: report_of(right, self.items, self.blocks, version=self.versions[name], seed=seed)
            if right is not None
            else _untried(self.versions[name])
            for name, right in self.right.items()
        }


def _untried(version: str) -> AdversaryReport:
    return AdversaryReport(
        accuracy=None, ci95=None, n=0, version=version, groups=0, by_dimension={}
    )


def run_family(
    items: Sequence[Mcq],
    patients: Sequence[str],
    twin_groups: Sequence[str] | None = None,
    *,
    seed: int = 0,
    jobs: int = 1,
    least: int = LEAST_ITEMS,
    progress: Progress | None = None,
) -> Family:
    """Every structural adversary, and every learned probe cross-validated by block.

    Args:
        items: questions with four options of which one is the key.
        patients: the patient of each (or slide, where patients are not known).
        twin_groups: what questions of one text share, empty for none; None where nobody knows,
            and questions that say the same are taken for twins (webapp.items.leakage.blocks).
        seed: draws the folds.
        jobs: processes; in a daemonic process (a Celery worker's) the work is done in place.
        least: with fewer questions no probe is trained.
        progress: called with (fits done, fits in all) after each fit.

    Raises:
        ValueError: a question is no question of four options with a key among them.
    """
    blocks = blocks_of(items, patients, twin_groups)
    right: dict[str, tuple[float, ...] | None] = {
        one.name: tuple(guess(one, item).correct for item in items) for one in STRUCTURAL
    }
    notes = _why_not(len(items), len(set(blocks)), least)
    if notes:
        right |= dict.fromkeys(LEARNED)
    else:
        right |= _learned(items, blocks, seed, jobs, progress)
        notes = _few_folds(len(set(blocks)))
    versions = {one.name: one.version for one in STRUCTURAL} | dict.fromkeys(
        LEARNED, LEARNED_VERSION
    )
    return Family(tuple(items), tuple(blocks), right, versions, notes)


def _why_not(items: int, blocks: int, least: int) -> tuple[str, ...]:
    if items < least:
        counted = "1 question is" if items == 1 else f"{items} questions are"
        few = f"{counted} too few to tell what a learned probe would find"
        return (f"{few}; it takes {least}.",)
    if blocks < 2:
        tied = "All questions are in one block (one patient, or tied by twins)"
        return (f"{tied}, so a learned probe has no others to be tested on; add patients.",)
    return ()


def _few_folds(blocks: int) -> tuple[str, ...]:
    if blocks >= FOLDS:
        return ()
    fewer = f"There are {blocks} blocks of patients, fewer than {FOLDS}"
    return (f"{fewer}: the learned probes are cross-validated in as many folds.",)


def _learned(
    items: Sequence[Mcq],
    blocks: Sequence[str],
    seed: int,
    jobs: int,
    progress: Progress | None,
) -> dict[str, tuple[float, ...]]:
    most = LARGE_FOLDS if len(items) >= LARGE else FOLDS
    corpus, _ = read_corpus(items, blocks, seed=seed, most_folds=most)
    back = np.argsort(corpus.order)
    return {
        name: tuple(hits(scores, corpus.keys)[back].tolist())
        for name, scores in crossfit(corpus, jobs=jobs, progress=progress).scores.items()
    }


def hits(scores: np.ndarray, keys: np.ndarray) -> np.ndarray:
    """The chance that the best score is the key's, ties drawn by lot."""
    best = scores >= scores.max(axis=1, keepdims=True) - TIE_TOLERANCE
    return np.asarray(best[np.arange(len(keys)), keys] / best.sum(axis=1))
