"""Between the published Scale-VQA row and our question, both ways and without loss."""

import hashlib
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from training.contract.manifest import canonical_json
from training.contract.rows import LETTERS, SCALE_KEYS, PublishedRow, dump_row
from webapp.items.lettering import render_rationale
from webapp.items.mcq import Dimension, Mcq, Option, new_option_ids
from webapp.slides.geometry import Scale

SCALE_OF_KEY = {scale.published_key: scale for scale in Scale}


def row_digest(row: PublishedRow) -> str:
    """What makes two rows the same question: everything but its number."""
    fields = {name: value for name, value in dump_row(row).items() if name != "No"}
    return hashlib.sha256(canonical_json(fields)).hexdigest()


def source_key(row: PublishedRow, occurrence: int) -> str:
    """Names a row of a file for good: the same question twice in one file is two rows."""
    return f"published:{row_digest(row)}:{occurrence}"


def mcq_from_row(row: PublishedRow, *, seed: str) -> Mcq:
    """The row's question; options keep the published order under new ids."""
    ids = new_option_ids(random.Random(seed))
    by_letter = dict(zip(LETTERS, ids, strict=True))
    return Mcq(
        dimension=Dimension(row.dimension),
        stem=row.question,
        options=tuple(Option(by_letter[letter], row.options[letter]) for letter in LETTERS),
        key=by_letter[row.answer],
        rationale=row.rationale or "",
        scales=frozenset(
            SCALE_OF_KEY[key].value for key in SCALE_KEYS if key not in row.missing_scales
        ),
    )


def provenance_of(row: PublishedRow, *, file: str) -> dict[str, Any]:
    """What the question cannot say of its row: its file, and what the format does not name."""
    return {
        "generator": "published",
        "file": file,
        "number": row.number,
        "rationale_is_null": row.rationale is None,
        "image_path": dict(row.image_path),
        "extra": dict(row.extra),
        "extra_images": dict(row.extra_images),
        "extra_info": dict(row.extra_info),
    }


@dataclass(frozen=True)
class Exported:
    """One question as it is to be written: `images` are paths by published key, None if missing."""

    mcq: Mcq
    order: Sequence[str]
    wsi_name: str
    path_id: str
    images: Mapping[str, str | None]
    provenance: Mapping[str, Any]
    number: int


def row_of(exported: Exported) -> PublishedRow:
    """The published row, options lettered in the given order and the rationale with them."""
    mcq, provenance = exported.mcq, exported.provenance
    texts = {option.id: option.text for option in mcq.options}
    letters = dict(zip(exported.order, LETTERS, strict=True))
    rationale = render_rationale(mcq.rationale, exported.order)
    return PublishedRow(
        question=mcq.stem,
        options={letters[option_id]: texts[option_id] for option_id in exported.order},
        answer=letters[mcq.key],
        rationale=None if provenance.get("rationale_is_null") and not rationale else rationale,
        image_path=exported.images,
        wsi_name=exported.wsi_name,
        path_id=exported.path_id,
        question_type=f"type_{mcq.dimension.value}",
        number=exported.number,
        extra=provenance.get("extra", {}),
        extra_images=provenance.get("extra_images", {}),
        extra_info=provenance.get("extra_info", {}),
    )
