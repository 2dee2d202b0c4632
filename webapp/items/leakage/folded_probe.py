"""The learned probe that screens new questions: trained on accepted ones, never on the asked
patient's.

It is a probe for each fold of patients' blocks, each trained on the other folds. A question of a
known patient is scored by the one that has not seen that patient's block; a question of a patient
that none has seen, by the mean of all.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any, TypedDict

import numpy as np

from webapp.items.leakage.blocks import text_key
from webapp.items.leakage.choice_model import log_shares
from webapp.items.leakage.corpus import as_asked, canonical_order
from webapp.items.leakage.designs import BASES, Reader
from webapp.items.leakage.packing import (
    PackingError,
    array_as_json,
    array_from_json,
    canonical,
    pack,
    unpack,
)
from webapp.items.leakage.stack import centred
from webapp.items.leakage.term_features import TermSpace
from webapp.items.mcq import OPTION_COUNT, Mcq

FORMAT = "crossscope-probe/1"
MARGIN = 0.25
"""An option is singled out when it is more probable than the second by more than this, whichever it
is. Measured on the 450 published questions: where their keys are drawn by lot instead, so that
there is nothing to learn, 99 % of all leads stay below (96 % when it was trained on 150); as
published, 77 % of the questions lie beyond, and the probe is right in 87 % of those."""
MOST_BYTES = 500_000_000
UNKNOWN = ""
"""Stands for a dimension that training had not."""
SEVERAL = -1
"""Stands for the fold of a text that questions of several folds have: every probe knows it."""


class ProbeError(ValueError):
    """Too little to learn from, or bytes that are no probe; the message says which."""


class ProbeReport(TypedDict):
    """How often the probe finds the key of the questions that it was trained on, cross-fitted."""

    items: int
    patients: int
    blocks: int
    accuracy: float | None
    ci95: list[float] | None


@dataclass(frozen=True)
class FoldWeights:
    """Everything that is learned with labels, in single precision.

    `bases` is, by base probe and dimension, of shape (terms, folds); `stack` is by dimension of
    shape (bases, folds).
    """

    bases: Mapping[str, Mapping[str, np.ndarray]]
    stack: Mapping[str, np.ndarray]


@dataclass(frozen=True)
class FoldedProbe:
    """`patients` and `texts` give the fold of what was learned from, by digest."""

    reader: Reader
    weights: FoldWeights
    patients: Mapping[str, int]
    texts: Mapping[str, int]
    report: ProbeReport

    @cached_property
    def version(self) -> str:
        """Tells one training from another."""
        return sha256(canonical(self._document())).hexdigest()[:12]

    def scores(self, mcq: Mcq, patient: str) -> tuple[float, ...]:
        """The probability of each option in their order, by probes that have not seen the patient.

        Where the patient is in one fold and questions of the very same options are in others, each
        probe knows one of them and nothing can be said: all options are equally likely.

        Raises:
            ProbeError: the question has other than four options.
        """
        if len(mcq.options) != OPTION_COUNT:
            raise ProbeError(f"A question with {len(mcq.options)} options has no scores; give 4.")
        folds = self._folds_for(patient, mcq)
        if not folds:
            return (1 / OPTION_COUNT,) * OPTION_COUNT
        shares = np.exp(log_shares(self._stacked(mcq)[folds])).mean(axis=0)
        order = canonical_order(mcq.texts)
        return tuple(float(shares[order.index(place)]) for place in range(OPTION_COUNT))

    def _folds_for(self, patient: str, mcq: Mcq) -> list[int]:
        known = {
            self.patients.get(digest(patient)),
            self.texts.get(digest(text_key(mcq.texts))),
        } - {None}
        if len(known) > 1 or SEVERAL in known:
            return []
        every = range(next(iter(self.weights.stack.values())).shape[1])
        return [fold for fold in every if not known or fold in known]

    def _stacked(self, mcq: Mcq) -> np.ndarray:
        """Scores by fold, shape (folds, 4), options in the order of their texts."""
        features = self.reader.read([as_asked(mcq)])
        dimension = mcq.dimension.value if mcq.dimension.value in self.weights.stack else UNKNOWN
        stack = self.weights.stack[dimension]
        scores = np.zeros((stack.shape[1], OPTION_COUNT))
        for place, base in enumerate(BASES):
            found = (features[base] @ self.weights.bases[base][dimension]).T
            scores += centred(found) * stack[place][:, None]
        return scores

    def to_bytes(self) -> bytes:
        """Compressed JSON, the same for the same probe."""
        return pack(self._document())

    @classmethod
    def from_bytes(cls, packed: bytes) -> "FoldedProbe":
        """
        Raises:
            ProbeError: the bytes are no probe of this format.
        """
        try:
            return _from_document(unpack(packed, most=MOST_BYTES))
        except (PackingError, KeyError, TypeError, AttributeError) as error:
            fault = str(error) if isinstance(error, PackingError) else f"It lacks {error}."
            raise ProbeError(f"This is no stored probe; train one again. {fault}") from error

    def _document(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "ngrams": _terms_as_json(self.reader.ngrams),
            "differences": _terms_as_json(self.reader.differences),
            "spread": array_as_json(self.reader.spread),
            "bases": {
                base: {name: array_as_json(one) for name, one in by_dimension.items()}
                for base, by_dimension in self.weights.bases.items()
            },
            "stack": {name: array_as_json(one) for name, one in self.weights.stack.items()},
            "patients": dict(self.patients),
            "texts": dict(self.texts),
            "report": dict(self.report),
        }


def _terms_as_json(space: TermSpace) -> dict[str, Any]:
    weights = array_as_json(space.weights)
    return {"terms": list(space.columns), "weights": weights, "unknown": space.unknown}


def _terms_from_json(stored: dict[str, Any]) -> TermSpace:
    columns = {str(term): column for column, term in enumerate(stored["terms"])}
    weights = array_from_json(stored["weights"])
    if weights.shape != (len(columns),):
        raise PackingError("Its terms and their weights differ in number.")
    return TermSpace(columns, weights, float(stored["unknown"]))


def _from_document(stored: dict[str, Any]) -> FoldedProbe:
    if stored.get("format") != FORMAT:
        raise PackingError(f"Its format is {stored.get('format')!r}, not {FORMAT!r}.")
    reader = Reader(
        _terms_from_json(stored["ngrams"]),
        _terms_from_json(stored["differences"]),
        array_from_json(stored["spread"]),
    )
    bases = {
        base: {name: array_from_json(one) for name, one in stored["bases"][base].items()}
        for base in BASES
    }
    stack = {name: array_from_json(one) for name, one in stored["stack"].items()}
    probe = FoldedProbe(
        reader=reader,
        weights=FoldWeights(bases, stack),
        patients={str(one): int(fold) for one, fold in stored["patients"].items()},
        texts={str(one): int(fold) for one, fold in stored["texts"].items()},
        report=_report_from_json(stored["report"]),
    )
    _check_shapes(probe)
    return probe


def _report_from_json(stored: dict[str, Any]) -> ProbeReport:
    return ProbeReport(
        items=stored["items"],
        patients=stored["patients"],
        blocks=stored["blocks"],
        accuracy=stored["accuracy"],
        ci95=stored["ci95"],
    )


def _check_shapes(probe: FoldedProbe) -> None:
    folds = next(iter(probe.weights.stack.values())).shape[1]
    widths = {
        "ngram_probe": len(probe.reader.ngrams.columns),
        "structure_probe": len(probe.reader.spread),
        "difference_probe": len(probe.reader.differences.columns),
    }
    fits = all(
        probe.weights.bases[base][name].shape == (widths[base], folds)
        for base in BASES
        for name in probe.weights.stack
    )
    if not fits:
        raise PackingError("Its weights do not fit its terms.")


def digest(text: str) -> str:
    """Enough to know a patient or text again, and not enough to read it."""
    return sha256(text.encode()).hexdigest()[:16]
