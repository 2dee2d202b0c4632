"""Questions for tests: a clean one, and the published ones as plain values."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from training.contract.rows import SCALE_KEYS, PublishedRow, parse_rows
from webapp.items.mcq import ALL_SCALES, Dimension, Mcq, Option

CLEAN = Mcq(
    dimension=Dimension.B,
    stem="Which pair of findings is seen in the widest field and again in the narrowest field?",
    options=(
        Option("k1x9qa", "Round nests with clear cytoplasm"),
        Option("p0d2mm", "Round nests with dense granules"),
        Option("z7h3tt", "Long cords with clear cytoplasm"),
        Option("b5n8wq", "Long cords with dense granules"),
    ),
    key="z7h3tt",
    rationale="Cords run through the widest field; only {{option:z7h3tt}} fits the pale cells.",
)


def question(**changes: Any) -> Mcq:
    return replace(CLEAN, **changes)


def with_texts(*texts: str, key: int = 0) -> Mcq:
    """A question whose options o0, o1, … have these texts."""
    options = tuple(Option(f"o{place}", text) for place, text in enumerate(texts))
    return question(options=options, key=f"o{key}", rationale="")


def published_questions(shared_data: Path) -> list[tuple[str, Mcq]]:
    """The published validation split as (slide, question)."""
    rows, _ = parse_rows(
        json.loads((shared_data / "scale_vqa_val.json").read_text()), file="scale_vqa_val.json"
    )
    return [(row.wsi_name, from_row(row)) for row in rows]


def from_row(row: PublishedRow) -> Mcq:
    missing = {key.removesuffix("_mag") for key in SCALE_KEYS if key in row.missing_scales}
    return Mcq(
        dimension=Dimension(row.dimension),
        stem=row.question,
        options=tuple(Option(f"o{letter}", text) for letter, text in row.options.items()),
        key=f"o{row.answer}",
        rationale=row.rationale or "",
        scales=ALL_SCALES - missing,
    )
