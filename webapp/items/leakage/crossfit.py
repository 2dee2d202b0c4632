"""Scores of each question by probes that have seen nothing of its block.

The base probes are fitted without each fold, and without each two folds. The latter serve the
stack: for a fold it is trained on the scores that each other fold gets from the fits that know
neither of the two, so no label of the tested fold, nor of the fold that is scored, comes in.
"""

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from itertools import combinations

import numpy as np
from scipy import sparse
from threadpoolctl import threadpool_limits

from webapp.items.leakage.choice_model import fit_choice, score_choice
from webapp.items.leakage.corpus import Corpus
from webapp.items.leakage.designs import BASES, SETTINGS, STACKER
from webapp.items.mcq import OPTION_COUNT

STACKED = "stacked_probe"
Progress = Callable[[int, int], None]
"""Told how many fits of how many are done."""
Task = tuple[str, tuple[int, ...]]
"""A base probe and the folds that its fit must not see, which it then scores."""

_corpus: Corpus | None = None
"""In a child process: what its tasks are about, sent once."""


def crossfit(
    corpus: Corpus, *, jobs: int = 1, progress: Progress | None = None
) -> dict[str, np.ndarray]:
    """Scores by probe, shape (questions, 4), in the order of the corpus, which has two folds or
    more.

    `jobs` processes share the work; in a process that may have no children it is done here.
    """
    folds = range(corpus.fold_count)
    pairs = list(combinations(folds, 2)) if len(folds) > 2 else []
    tasks: list[Task] = [(base, (fold,)) for base in BASES for fold in folds]
    tasks += [(base, pair) for base in BASES for pair in pairs]
    whole = {base: np.zeros((len(corpus), OPTION_COUNT)) for base in BASES}
    # Entry (i, questions of j): by the fit without i and j.
    paired = {base: np.zeros((len(folds), len(corpus), OPTION_COUNT)) for base in BASES}
    for done, ((base, without), scores) in enumerate(_run(corpus, tasks, jobs), start=1):
        questions = corpus.questions_in(*without)
        if len(without) == 1:
            whole[base][questions] = scores
        else:
            for own, other in (without, without[::-1]):
                here = corpus.folds[questions] == own
                paired[base][other, questions[here]] = scores[here]
        if progress is not None:
            progress(done, len(tasks))
    stacked = _stacked(corpus, whole, paired) if pairs else _summed(whole)
    return whole | {STACKED: stacked}


def _run(corpus: Corpus, tasks: Sequence[Task], jobs: int) -> Iterator[tuple[Task, np.ndarray]]:
    if jobs > 1 and not multiprocessing.current_process().daemon:
        yield from _run_in_children(corpus, tasks, jobs)
        return
    with single_threaded():
        for task in tasks:
            yield task, _fit_and_score(corpus, task)


def _run_in_children(
    corpus: Corpus, tasks: Sequence[Task], jobs: int
) -> Iterator[tuple[Task, np.ndarray]]:
    with ProcessPoolExecutor(
        jobs, multiprocessing.get_context("spawn"), initializer=_take_corpus, initargs=(corpus,)
    ) as pool:
        waiting = {pool.submit(_fit_in_child, task): task for task in tasks}
        for future in as_completed(waiting):
            yield waiting[future], future.result()


def single_threaded() -> threadpool_limits:
    """Vectors this short cost more in handing over to threads than in work: measured tenfold."""
    return threadpool_limits(1)


def _take_corpus(corpus: Corpus) -> None:
    global _corpus
    _corpus = corpus


def _fit_in_child(task: Task) -> np.ndarray:
    assert _corpus is not None  # noqa: S101 - the initializer has run
    with single_threaded():
        return _fit_and_score(_corpus, task)


def _fit_and_score(corpus: Corpus, task: Task) -> np.ndarray:
    base, without = task
    features = corpus.features[base]
    train, test = corpus.questions_outside(*without), corpus.questions_in(*without)
    weights = fit_choice(features, corpus.dimensions, corpus.keys, train, SETTINGS[base])
    return score_choice(weights, features, corpus.dimensions, test)


def _stacked(
    corpus: Corpus, whole: dict[str, np.ndarray], paired: dict[str, np.ndarray]
) -> np.ndarray:
    stacked = np.zeros((len(corpus), OPTION_COUNT))
    for fold in range(corpus.fold_count):
        train, test = corpus.questions_outside(fold), corpus.questions_in(fold)
        features = np.zeros((len(corpus), OPTION_COUNT, len(BASES)))
        for column, base in enumerate(BASES):
            known = centred(paired[base][fold])
            spread = float(known[train].std()) or 1.0
            features[train, :, column] = known[train] / spread
            features[test, :, column] = centred(whole[base])[test] / spread
        flat = sparse.csr_array(features.reshape(-1, len(BASES)))
        weights = fit_choice(flat, corpus.dimensions, corpus.keys, train, STACKER)
        stacked[test] = score_choice(weights, flat, corpus.dimensions, test)
    return stacked


def _summed(whole: dict[str, np.ndarray]) -> np.ndarray:
    """Instead of a stack where two folds leave nothing to train it on: all probes count alike."""
    evened = [centred(one) / (float(one.std()) or 1.0) for one in whole.values()]
    return np.asarray(np.sum(evened, axis=0))


def centred(scores: np.ndarray) -> np.ndarray:
    """Less each question's mean, which says nothing of its options."""
    less: np.ndarray = scores - scores.mean(axis=1, keepdims=True)
    return less
