"""Training the probe that screens, on questions that were accepted."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from webapp.items.leakage.blocks import blocks_of, text_key
from webapp.items.leakage.choice_model import Weights
from webapp.items.leakage.corpus import Corpus, read_corpus
from webapp.items.leakage.crossfit import STACKED, Crossfit, Progress, crossfit
from webapp.items.leakage.designs import BASES, Reader
from webapp.items.leakage.family import hits
from webapp.items.leakage.folded_probe import (
    SEVERAL,
    UNKNOWN,
    FoldedProbe,
    FoldWeights,
    ProbeError,
    ProbeReport,
    digest,
)
from webapp.items.leakage.stats import estimate
from webapp.items.mcq import Mcq

PROBE_FOLDS = 5
LEAST_ITEMS = 100
LEAST_BLOCKS = 3


def fit_probe(
    items: Sequence[Mcq],
    patients: Sequence[str],
    twin_groups: Sequence[str] | None = None,
    *,
    seed: int = 0,
    jobs: int = 1,
    progress: Progress | None = None,
) -> FoldedProbe:
    """Learn from accepted questions; `patients` and `twin_groups` as in `run_family`.

    Raises:
        ProbeError: there are too few questions or blocks to learn from; the message counts them.
        ValueError: a question is no question of four options with a key among them.
    """
    blocks = blocks_of(items, patients, twin_groups)
    count = len(set(blocks))
    if len(items) < LEAST_ITEMS or count < LEAST_BLOCKS:
        raise ProbeError(
            f"{len(items)} questions in {count} blocks of patients are too few to train a probe; "
            f"it takes {LEAST_ITEMS} in {LEAST_BLOCKS}."
        )
    corpus, reader = read_corpus(items, blocks, seed=seed, most_folds=PROBE_FOLDS)
    fitted = crossfit(corpus, jobs=jobs, progress=progress)
    right = hits(fitted.scores[STACKED], corpus.keys)
    found = estimate(right.tolist(), [blocks[i] for i in corpus.order], seed=seed)
    fold_of = dict(zip(corpus.order.tolist(), corpus.folds.tolist(), strict=True))
    return FoldedProbe(
        reader=_single(reader),
        weights=_fold_weights(fitted, corpus),
        patients={digest(patient): fold_of[i] for i, patient in enumerate(patients)},
        texts=_folds_of_texts(items, fold_of),
        report=ProbeReport(
            items=len(items),
            patients=len(set(patients)),
            blocks=count,
            accuracy=found["accuracy"],
            ci95=found["ci95"],
        ),
    )


def _folds_of_texts(items: Sequence[Mcq], fold_of: Mapping[int, int]) -> dict[str, int]:
    """By digest the fold of the questions with these options; SEVERAL where every probe has seen
    some of them.
    """
    folds: dict[str, int] = {}
    for place, mcq in enumerate(items):
        text, fold = digest(text_key(mcq.texts)), fold_of[place]
        folds[text] = fold if folds.get(text, fold) == fold else SEVERAL
    return folds


def _fold_weights(fitted: Crossfit, corpus: Corpus) -> FoldWeights:
    names = [UNKNOWN, *sorted(set(corpus.dimensions.tolist()))]
    bases = {
        base: {name: _columns([one[base] for one in fitted.bases], name) for name in names}
        for base in BASES
    }
    spreads = np.array([[stack.spreads[base] for stack in fitted.stacks] for base in BASES])
    stack = {
        name: _columns([one.weights for one in fitted.stacks], name) / spreads for name in names
    }
    return FoldWeights(bases, {name: one.astype(np.float32) for name, one in stack.items()})


def _columns(weights: Sequence[Weights], dimension: str) -> np.ndarray:
    return np.stack([one.of(dimension) for one in weights], axis=1).astype(np.float32)


def _single(reader: Reader) -> Reader:
    """In the precision of what is stored, so that a stored probe scores as the trained one."""
    ngrams = replace(reader.ngrams, weights=reader.ngrams.weights.astype(np.float32))
    return Reader(ngrams, reader.differences, reader.spread.astype(np.float32))
