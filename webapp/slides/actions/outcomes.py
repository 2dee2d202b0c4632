"""What came of one file or path, before it is written to an import's entries."""

from dataclasses import dataclass

from webapp.slides.models import ImportEntry

Outcome = ImportEntry.Outcome


@dataclass(frozen=True)
class Result:
    """`warnings` become entries of their own."""

    name: str
    outcome: Outcome
    message: str = ""
    warnings: tuple[str, ...] = ()
