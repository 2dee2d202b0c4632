"""Captions files made line by line, and what became of them."""

import json
from contextlib import suppress
from io import StringIO
from pathlib import Path
from typing import Any, TypeAlias

from django.core.management import CommandError, call_command

from webapp.slides.models import Import, ImportEntry

Record: TypeAlias = dict[str, Any]
Outcome = ImportEntry.Outcome

LOW = {"bbox": [0, 0, 1_500, 1_500], "caption": "Broad sheets."}
MID = {"bbox": [400, 400, 400, 400], "caption": "Crowded glands."}
HIGH = {"bbox": [500, 500, 100, 100], "caption": "Round nuclei."}


def a_path(path_id: object = "p1", **changes: Any) -> Record:
    """A good path; a change to `...` takes the field out."""
    record = {
        "path_id": path_id,
        "path_description": "From sheet to gland.",
        "path_summary": "Adenocarcinoma.",
        "low_mag": LOW,
        "mid_mag": MID,
        "high_mag": HIGH,
        **changes,
    }
    return {name: value for name, value in record.items() if value is not ...}


def a_line(*paths: Any, **changes: Any) -> Record:
    record = {"wsi_name": "alpha", "wsi_path": "alpha.tiff", "paths": list(paths or [a_path()])}
    return {name: value for name, value in (record | changes).items() if value is not ...}


def write(folder: Path, *lines: Record | str | bytes) -> Path:
    path = folder / "captions.jsonl"
    encoded = [
        line if isinstance(line, bytes) else (
            line if isinstance(line, str) else json.dumps(line)
        ).encode()
        for line in lines
    ]  # fmt: skip
    path.write_bytes(b"\n".join(encoded) + b"\n")
    return path


def take_in(folder: Path, *lines: Record | str | bytes) -> Import:
    """Import the lines by the command, whatever comes of it."""
    with suppress(CommandError):
        call_command("import_captions", str(write(folder, *lines)), stdout=StringIO())
    return Import.objects.latest("id")


def outcomes(run: Import) -> list[str]:
    return [str(entry.outcome) for entry in run.entries.all()]


def messages(run: Import, outcome: Outcome = Outcome.REFUSED) -> list[str]:
    return list(run.entries.filter(outcome=outcome).values_list("message", flat=True))
