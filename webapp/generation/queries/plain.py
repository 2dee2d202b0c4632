"""Batches, calls, constraints and models as plain JSON: what the API and the commands both tell.

Money is a string (webapp.core.money).
"""

from collections.abc import Iterable, Mapping
from typing import Any

from annotation_configs.models import ModelOffer
from webapp.core.money import usd
from webapp.generation.models import Batch, Call, Constraint, Lesson, Screening, Slot
from webapp.generation.queries.batches import (
    errors_by_cause,
    hits_by_adversary,
    made_by_dimension,
    progress_of,
)
from webapp.generation.queries.calls import spend_of
from webapp.generation.queries.funnel import funnel_of
from webapp.generation.queries.offers import is_configured

_BATCH = (
    "name", "state", "error", "seed", "planned", "resume_at", "created_at", "started_at",
    "finished_at",
)  # fmt: skip
_MONEY = ("budget_usd", "spent_usd", "reserved_usd")
_CALL = (
    "batch_id", "slot_number", "stage", "provider", "model", "model_id", "prompt", "outcome",
    "provider_status", "error", "prompt_tokens", "completion_tokens", "latency_s", "sendings",
    "created_at", "finished_at",
)  # fmt: skip
_SCREENING = (
    "adversary", "version", "verdict", "option", "correct", "confidence", "answers", "reasoning",
    "calls",
)  # fmt: skip


def batch_row(batch: Batch) -> dict[str, Any]:
    """A batch of `batches_with_counts`."""
    annotated: Any = batch
    counts: dict[str, int] = {
        name: getattr(annotated, f"{name}_count") for name in ("ready", "leaky", "failed")
    }
    return {
        **_batch(batch),
        "total": annotated.slot_count,
        "done": sum(counts.values()),
        **counts,
    }


def batch_whole(batch: Batch) -> dict[str, Any]:
    progress = progress_of(batch)
    return {
        **_batch(batch),
        **vars(progress),
        "done": progress.done,
        "config": batch.config,
        "notes": batch.notes,
        "progress": batch.progress,
        "funnel": vars(funnel_of(batch)),
        "spend": [{**vars(one), "cost_usd": usd(one.cost_usd)} for one in spend_of(batch)],
        "causes": [{"cause": cause, "count": n} for cause, n in errors_by_cause(batch)],
        "by_dimension": made_by_dimension(batch),
        "adversaries": [vars(hits) for hits in hits_by_adversary(batch)],
    }


def _batch(batch: Batch) -> dict[str, Any]:
    return {
        "id": batch.pk,
        **{name: getattr(batch, name) for name in _BATCH},
        **{name: usd(getattr(batch, name)) for name in _MONEY},
        "created_by": batch.created_by.username,
    }


def slot_row(slot: Slot) -> dict[str, Any]:
    """Without its plan, which tells the key."""
    fields = ("number", "dimension", "pool", "twin_group", "state", "item_id", "error", "attempts")
    return {
        **{name: getattr(slot, name) for name in fields},
        "slide": slot.triplet.slide.name,
        "path_id": slot.triplet.path_id,
    }


def call_row(call: Call) -> dict[str, Any]:
    return {
        "id": call.pk,
        **{name: getattr(call, name) for name in _CALL},
        "cost_usd": usd(call.cost_usd),
        "reserved_usd": usd(call.reserved_usd),
    }


def call_whole(call: Call) -> dict[str, Any]:
    """With the whole prompt and the whole reply."""
    return {**call_row(call), "key": call.key, "request": call.request, "reply": call.reply}


def constraint_row(constraint: Constraint) -> dict[str, Any]:
    """A constraint of `filtered_constraints`."""
    annotated: Any = constraint
    current = constraint.current
    fields = ("dimension", "kind", "origin", "state", "created_at")
    return {
        "id": constraint.pk,
        **{name: getattr(constraint, name) for name in fields},
        "version": current.number,
        "text": current.text,
        "lessons": annotated.lesson_count,
        "last_lesson_at": annotated.last_lesson_at,
        "created_by": constraint.created_by.username,
    }


def constraint_whole(constraint: Constraint, lessons: Iterable[Lesson]) -> dict[str, Any]:
    versions = sorted(constraint.versions.all(), key=lambda one: one.number)
    return {
        **constraint_row(constraint),
        "versions": [
            {
                "number": one.number,
                "text": one.text,
                "author": one.author.username,
                "created_at": one.created_at,
            }
            for one in versions
        ],
        "taught_by": [lesson_row(one) for one in lessons],
    }


def lesson_row(lesson: Lesson) -> dict[str, Any]:
    return {
        "constraint": lesson.constraint_id,
        "item": lesson.revision.item_id,
        "revision": lesson.revision.number,
        "adversary": lesson.adversary,
        "analysis": lesson.analysis,
        "call": lesson.call_id,
        "created_at": lesson.created_at,
    }


def screening_row(screening: Screening) -> dict[str, Any]:
    return {name: getattr(screening, name) for name in _SCREENING}


def model_row(offer: ModelOffer) -> dict[str, Any]:
    fields: Mapping[str, Any] = vars(offer)
    kept = ("name", "provider", "model_id", "label", "rpm", "tpm", "max_in_flight")
    return {
        **{name: fields[name] for name in kept},
        "usd_per_mtok_in": usd(offer.usd_per_mtok_in),
        "usd_per_mtok_out": usd(offer.usd_per_mtok_out),
        "context_tokens": offer.context_tokens,
        "vision": offer.vision,
        "roles": list(offer.roles),
        "configured": is_configured(offer),
    }
