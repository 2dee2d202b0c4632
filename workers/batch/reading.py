"""Letting a model read the captions of a batch, those that it has not read before."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from webapp.generation import queries
from webapp.generation.actions.screening import ReadCaption
from webapp.generation.catalog import Feature
from webapp.generation.facts import caption_digest
from webapp.slides.models import Triplet
from workers.batch.desk import Desk
from workers.batch.ledger import Ledger
from workers.batch.run import Run, guarded
from workers.pipeline.decompose import decompose_by_model

AT_ONCE = 64


@dataclass(frozen=True)
class Unread:
    """The captions of one triplet that the model has not read, by scale."""

    captions: dict[str, str]
    roi_ids: dict[str, int]
    digests: dict[str, str]


def unread(triplet: Triplet, extractor: str) -> Unread:
    rois = [
        roi
        for roi in triplet.rois.all()
        if roi.caption.strip()
        and queries.features_found(roi, extractor, caption_digest(roi)) is None
    ]
    return Unread(
        {roi.scale: roi.caption for roi in rois},
        {roi.scale: roi.pk for roi in rois},
        {roi.scale: caption_digest(roi) for roi in rois},
    )


async def read_captions(
    run: Run,
    triplets: Sequence[Unread],
    extractor: str,
    tell: Callable[[int], None],
    desk: Desk,
    ledger: Ledger | None,
) -> Counter[str]:
    """Read them all; how many captions the model gave nothing for, by cause.

    `tell` gets how many triplets are done.
    """
    room, silent, done = asyncio.Semaphore(AT_ONCE), Counter[str](), 0

    async def read(one: Unread) -> None:
        nonlocal done
        async with room:
            if run.stopped or ledger is None:
                return
            with guarded(run):
                found = await decompose_by_model(
                    one.captions, ledger.asker(), model=run.config.decomposer
                )
                silent.update(found.silent.values())
                for scale, features in found.features.items():
                    if scale not in found.silent:
                        await desk.ask(_to_store(one, scale, features, extractor))
                done += 1
                tell(done)

    async with asyncio.TaskGroup() as group:
        for one in triplets:
            group.create_task(read(one))
    return silent


def _to_store(one: Unread, scale: str, features: Sequence[Feature], extractor: str) -> ReadCaption:
    ids = tuple(feature.id for feature in features)
    return ReadCaption(one.roi_ids[scale], extractor, one.digests[scale], ids)
