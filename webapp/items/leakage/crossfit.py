"""Probes fitted so that each question can be scored by one that has seen nothing of its block.

The base probes are fitted without each fold, and without each two folds. The latter serve the
stack: for a fold it is trained on the scores that each other fold gets from the fits that know
neither of the two, so no label of the tested fold, nor of the fold that is scored, comes in.
"""

import multiprocessing
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from threadpoolctl import threadpool_limits

from webapp.items.leakage.choice_model import Weights, fit_choice, score_choice
from webapp.items.leakage.corpus import Corpus
from webapp.items.leakage.designs import BASES, SETTINGS
from webapp.items.leakage.stack import Stack, even_stack, fit_stack, no_scores

STACKED = "stacked_probe"
Progress = Callable[[int, int], None]
"""Told how many fits of how many are done."""
Task = tuple[str, tuple[int, ...]]
"""A base probe and the folds that its fit must not see, which it then scores."""
Fit = tuple[Weights | None, np.ndarray]
"""What a task gives: the weights (kept of one fold only), and scores of the questions in those
folds."""

_corpus: Corpus | None = None
"""In a child process: what its tasks are about, sent once."""


@dataclass(frozen=True)
class Crossfit:
    """By fold the probes that have not seen it, and the scores that they give it.

    `scores` go by probe, shape (questions, 4), in the order of the corpus.
    """

    bases: tuple[Mapping[str, Weights], ...]
    stacks: tuple[Stack, ...]
    scores: Mapping[str, np.ndarray]


def crossfit(corpus: Corpus, *, jobs: int = 1, progress: Progress | None = None) -> Crossfit:
    """Fit all probes on a corpus of two folds or more.

    `jobs` processes share the work; in a process that may have no children it is done here.
    """
    folds = range(corpus.fold_count)
    # With two folds nothing is left outside both.
    pairs = list(combinations(folds, 2)) if len(folds) > 2 else []
    tasks: list[Task] = [(base, (fold,)) for base in BASES for fold in folds]
    tasks += [(base, pair) for base in BASES for pair in pairs]
    bases: tuple[dict[str, Weights], ...] = tuple({} for _ in folds)
    scores = no_scores(corpus)
    # In place i: scores of fold j's questions by the fit without i and j.
    paired = tuple(no_scores(corpus) for _ in folds)
    for done, ((base, without), (weights, found)) in enumerate(_run(corpus, tasks, jobs), start=1):
        questions = corpus.questions_in(*without)
        if weights is not None:
            bases[without[0]][base] = weights
            scores[base][questions] = found
        for own, other in (without, without[::-1]) if len(without) == 2 else ():
            here = corpus.folds[questions] == own
            paired[other][base][questions[here]] = found[here]
        if progress is not None:
            progress(done, len(tasks))
    stacks = tuple(
        fit_stack(corpus, paired[fold], corpus.questions_outside(fold))
        if pairs
        else even_stack(scores)
        for fold in folds
    )
    return Crossfit(bases, stacks, scores | {STACKED: _stacked(corpus, scores, stacks)})


def _stacked(
    corpus: Corpus, scores: Mapping[str, np.ndarray], stacks: Sequence[Stack]
) -> np.ndarray:
    stacked = np.zeros_like(scores[BASES[0]])
    for fold, stack in enumerate(stacks):
        test = corpus.questions_in(fold)
        by_base = {base: scores[base][test] for base in BASES}
        stacked[test] = stack.scores(by_base, corpus.dimensions[test])
    return stacked


def _run(corpus: Corpus, tasks: Sequence[Task], jobs: int) -> Iterator[tuple[Task, Fit]]:
    if jobs > 1 and not multiprocessing.current_process().daemon:
        yield from _run_in_children(corpus, tasks, jobs)
        return
    for task in tasks:
        yield task, _fit(corpus, task)


def _run_in_children(
    corpus: Corpus, tasks: Sequence[Task], jobs: int
) -> Iterator[tuple[Task, Fit]]:
    with ProcessPoolExecutor(
        jobs, multiprocessing.get_context("spawn"), initializer=_take_corpus, initargs=(corpus,)
    ) as pool:
        waiting = {pool.submit(_fit_in_child, task): task for task in tasks}
        for future in as_completed(waiting):
            yield waiting.pop(future), future.result()


def _take_corpus(corpus: Corpus) -> None:
    global _corpus
    _corpus = corpus


def _fit_in_child(task: Task) -> Fit:
    if _corpus is None:
        raise RuntimeError("A child process was given work before its questions.")
    return _fit(_corpus, task)


def _fit(corpus: Corpus, task: Task) -> Fit:
    base, without = task
    features = corpus.features[base]
    train, test = corpus.questions_outside(*without), corpus.questions_in(*without)
    with threadpool_limits(1):  # handing such short vectors to threads took ten times as long
        weights = fit_choice(features, corpus.dimensions, corpus.keys, train, SETTINGS[base])
        scores = score_choice(weights, features, corpus.dimensions, test)
    return (weights if len(without) == 1 else None), scores
