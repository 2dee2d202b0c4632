"""A small published file of our own making, for machines without the real one."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

from tests.factories import jpeg_bytes

Row = dict[str, Any]


def published_row(number: int = 1, **changes: Any) -> Row:
    """A good row; `changes` replace its top fields."""
    row: Row = {
        "question": f"Which pair of findings do the fields of case {number} share?",
        "options": {
            "A": "Round nests with clear cytoplasm",
            "B": "Round nests with dense granules",
            "C": "Long cords with clear cytoplasm",
            "D": "Long cords with dense granules",
        },
        "answer": "ABCD"[number % 4],
        "rationale": "The cords run through the widest field; option C fits the pale cells.",
        "image_path": {
            "low_mag": f"case-{number}/rois/10_{number}.36304y_18152x.jpg",
            "mid_mag": f"case-{number}/rois/40_{number}.45380y_18152x.jpg",
            "high_mag": f"case-{number}/rois/200_{number}.46257y_18140x.jpg",
        },
        "extra_info": {
            "wsi_name": f"case-{number}",
            "path_id": f"path-{number}",
            "question_type": f"type_{'ABCDE'[number % 5]}",
        },
        "No": number,
    }
    return {**row, **changes}


def odd_rows() -> list[Row]:
    """Rows at the edges of the format, all of which must come back as they were."""
    missing = published_row(11)
    del missing["image_path"]["low_mag"]
    null_scale = published_row(12)
    null_scale["image_path"]["mid_mag"] = None
    same_slide = published_row(13)
    same_slide["extra_info"]["wsi_name"] = "case-12"
    same_triplet = published_row(14)
    same_triplet["extra_info"] |= {"wsi_name": "case-13", "path_id": "path-13"}
    same_triplet["image_path"] = published_row(13)["image_path"]
    extra = published_row(15, reviewer_note={"depth": [1, 2.5, None, True]})
    extra["extra_info"]["site"] = "Ω-clinic"
    extra["image_path"]["thumbnail"] = "case-15/thumb.jpg"
    other_path = published_row(17)
    other_path["extra_info"] |= {"wsi_name": "case-15", "path_id": "path-15"}
    no_number = published_row(18)
    del no_number["No"]
    return [
        missing,
        null_scale,
        same_slide,
        same_triplet,
        extra,
        other_path,
        no_number,
        published_row(16, rationale=None),
        published_row(19, rationale=""),
        published_row(20, question="<b>Bold</b> & “quoted”\n\ttext — 200×?  "),
        published_row(21),
        published_row(21),
    ]


def good_rows() -> list[Row]:
    return [*(published_row(number) for number in range(1, 11)), *odd_rows()]


def write_rows(path: Path, rows: list[Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(rows), "utf-8")
    return path


def write_images(folder: Path, row: Row, keys: tuple[str, ...] = ("low_mag", "mid_mag")) -> None:
    """The row's image files beside a file in that folder."""
    for seed, key in enumerate(keys):
        file = folder / row["image_path"][key]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(jpeg_bytes(64, 64, seed=seed))


def comparable(rows: list[Row]) -> list[str]:
    """Rows without their numbers, in an order of their own."""
    stripped = deepcopy(rows)
    for row in stripped:
        row.pop("No", None)
    return sorted(json.dumps(row, sort_keys=True) for row in stripped)
