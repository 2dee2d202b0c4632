"""What an import of slides or captions consists of."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from webapp.core.errors import BadInput
from webapp.slides.actions.caption_steps import CaptionSteps
from webapp.slides.actions.pictures import store_with_pictures
from webapp.slides.actions.running import Pulse, Step, Steps, Store
from webapp.slides.actions.slides import Details, prepare_slide
from webapp.slides.models import Import

SLIDE_SUFFIXES = frozenset(
    {
        ".svs", ".tif", ".tiff", ".ndpi", ".vms", ".vmu", ".scn", ".mrxs", ".svslide", ".bif",
        ".czi", ".dcm", ".zvi", ".qptiff", ".btf",
    }
)  # fmt: skip
"""What is looked for in a folder. A file named outright is tried whatever its name."""


def plan_import(run: Import) -> Steps:
    """
    Raises:
        BadInput: there is nothing to do, or the captions file cannot be read at all.
    """
    if run.kind == Import.Kind.CAPTIONS:
        return CaptionSteps(run)
    return SlideSteps(run)


def details_from(options: dict[str, Any]) -> Details:
    return Details(
        mpp=options.get("mpp"),
        organ=options.get("organ", ""),
        stain=options.get("stain", ""),
        patient=options.get("patient", ""),
    )


@dataclass
class SlideSteps:
    """One step a file; folders are searched."""

    run: Import

    def __post_init__(self) -> None:
        self._files = [file for path in self.run.paths for file in _files_at(Path(path))]
        if not self._files:
            kinds = ", ".join(sorted(SLIDE_SUFFIXES))
            raise BadInput(f"There is no slide file in {self.run.paths[0]}; looked for {kinds}.")

    def __len__(self) -> int:
        return len(self._files)

    def __iter__(self) -> Iterator[Step]:
        for number, file in enumerate(self._files, start=1):
            yield Step(number, file.name, self._reader(file))

    def _reader(self, file: Path) -> "_ReadSlide":
        return _ReadSlide(self.run, file, details_from(self.run.options))


@dataclass(frozen=True)
class _ReadSlide:
    run: Import
    file: Path
    details: Details

    def __call__(self, pulse: Pulse) -> Store:
        uploaded = bool(self.run.options.get("uploaded"))
        by = self.run.created_by
        prepared = prepare_slide(self.file, self.details, by=by, uploaded=uploaded, pulse=pulse)
        return lambda: store_with_pictures(prepared, by=by)


def _files_at(path: Path) -> list[Path]:
    """The file itself, or the slide files below a folder in order of name."""
    try:
        if not path.is_dir():
            return [path]
    except OSError:  # such as a name too long for any file system: the step tells why
        return [path]
    found = (file for file in path.rglob("*") if file.suffix.lower() in SLIDE_SUFFIXES)
    return sorted(file for file in found if file.is_file())
