"""How fast questions are audited: heuristics and lint, then the learned probes.

    python -m benchmarks.audit_speed val.json --questions 5000 --jobs 2

The file's questions are multiplied with changed words; what each part takes is printed, with the
questions it gets through in a second.
"""

import argparse
import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from webapp.items.leakage import fit_probe, run_family, structural_report
from webapp.items.lint import lint
from webapp.items.mcq import Mcq, Option
from webapp.items.published import mcq_from_row
from webapp.items.question_files import read_rows
from webapp.items.words import words

CHANGED = 0.15
"""Share of a question's longer words that a copy says otherwise."""


def published(path: Path) -> list[tuple[str, Mcq]]:
    """Slide and question of each row that can be answered."""
    found = []
    for numbered in read_rows(path):
        if numbered.row is not None and len(set(numbered.row.options.values())) == 4:
            mcq = mcq_from_row(numbered.row, seed=numbered.where)
            found.append((numbered.row.wsi_name, mcq))
    return found


def varied(mcq: Mcq, copy: int, rng: random.Random) -> Mcq:
    """The question with some of its longer words replaced, the same way in every text."""
    longer = sorted(
        {word for text in (mcq.stem, *mcq.texts) for word in words(text) if len(word) > 4}
    )
    chosen = {word for word in longer if rng.random() < CHANGED}

    def changed(text: str) -> str:
        return " ".join(
            f"{word}{copy}" if set(words(word)) & chosen else word for word in text.split(" ")
        )

    options = tuple(Option(one.id, changed(one.text)) for one in mcq.options)
    return replace(mcq, stem=changed(mcq.stem), options=options)


def multiplied(found: Sequence[tuple[str, Mcq]], count: int) -> tuple[list[str], list[Mcq]]:
    rng = random.Random(7)
    slides, items = [], []
    for number in range(count):
        copy, place = divmod(number, len(found))
        slide, mcq = found[place]
        slides.append(slide)  # copies on other slides would be known from training
        items.append(varied(mcq, copy, rng) if copy else mcq)
    return slides, items


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--questions", type=int, default=5_000)
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()
    slides, items = multiplied(published(given.file), given.questions)
    with timed("heuristics and lint", len(items)):
        structural_report(items, slides)
        findings = sum(len(lint(item)) for item in items)
    print(f"  {findings} findings")
    with timed(f"whole family, {given.jobs} processes", len(items)):
        family = run_family(items, slides, jobs=given.jobs)
    for name, report in family.reports().items():
        print(f"  {name:18s} {report['accuracy']}")
    screening(items[: len(items) // 10], slides)


def screening(items: Sequence[Mcq], slides: Sequence[str]) -> None:
    with timed("training the screening probe", len(items)):
        probe = fit_probe(items, slides[: len(items)])
    with timed("screening by it", len(items)):
        for item, slide in zip(items, slides, strict=False):
            probe.scores(item, slide)


@contextmanager
def timed(what: str, count: int) -> Iterator[None]:
    wall, own = time.perf_counter(), time.process_time()
    yield
    wall, own = time.perf_counter() - wall, time.process_time() - own
    print(f"{what}: {wall:.1f} s ({own:.1f} s CPU here), {count / wall:,.0f} questions/s")


if __name__ == "__main__":
    main()
