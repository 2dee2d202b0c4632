"""Phantom slides: procedural H&E whole slides whose findings are known.

`seed → traits → layout → anatomy → cells → scene → pixels`; everything up to the cells is
independent of the resolution. Every slide covers 4.608 mm square, so `size_px` sets the pixel
size: 9216 px is 0.5 um/px, 4608 px is 1 um/px, 2304 px (tests) is 2 um/px, and the fields of
4, 1 and 0.2 mm keep their true size. The same seed, number and size give the same pixels,
captions and bytes; slide n does not depend on how many are made.
"""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

from webapp.slides.phantom.captions import CANONICAL, NEGATED
from webapp.slides.phantom.slide import DEFAULT_SIZE_PX, PhantomError, PhantomSlide
from webapp.slides.phantom.tiff import write_svs

__all__ = [
    "CANONICAL",
    "DEFAULT_SIZE_PX",
    "NEGATED",
    "PhantomError",
    "PhantomSlide",
    "make_phantoms",
]


def make_phantoms(
    out_dir: Path,
    *,
    seed: int,
    count: int,
    size_px: int = DEFAULT_SIZE_PX,
    jobs: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Path, ...]:
    """Write `count` slides with captions.jsonl and truth/; return the slides' paths.

    Each file is written under a temporary name and renamed, captions.jsonl last: where it lists a
    slide, the slide is complete. `progress(done, count)` is called after each slide. Of `jobs`
    slides at once, each has a process of its own (0.7 GB at the default size).
    """
    for name, number in (("count", count), ("number of jobs", jobs)):
        if number < 1:
            raise PhantomError(f"A {name} of {number} makes no phantom; give at least 1.")
    slides = [PhantomSlide(seed, number, size_px) for number in range(count)]
    for folder in ("slides", "truth"):
        (out_dir / folder).mkdir(parents=True, exist_ok=True)
    rows = []
    for done, row in enumerate(_write_slides(out_dir, slides, jobs), start=1):
        rows.append(row)
        if progress is not None:
            progress(done, count)
    _write_text(out_dir / "captions.jsonl", "".join(f"{row}\n" for row in rows))
    return tuple(_slide_path(out_dir, slide) for slide in slides)


def _write_slides(out_dir: Path, slides: list[PhantomSlide], jobs: int) -> Iterator[str]:
    """The caption row of each slide, in their order, once it is written."""
    if jobs == 1 or len(slides) == 1:
        yield from map(partial(_write_slide, out_dir), slides)
        return
    with ThreadPoolExecutor(jobs) as pool:
        yield from pool.map(partial(_write_slide_apart, out_dir), slides)


def _write_slide_apart(out_dir: Path, slide: PhantomSlide) -> str:
    """Like `_write_slide`, in a fresh process that ends with its slide, whoever dies meanwhile."""
    spawn = get_context("spawn")
    ours, theirs = spawn.Pipe(duplex=False)
    process = spawn.Process(target=_send_row, args=(theirs, out_dir, slide), daemon=True)
    process.start()
    theirs.close()
    try:
        return str(ours.recv())
    except EOFError:
        raise PhantomError(f"{slide.name} was not made: its process ended early.") from None
    finally:
        process.join()
        ours.close()


def _send_row(to: Connection, out_dir: Path, slide: PhantomSlide) -> None:
    to.send(_write_slide(out_dir, slide))


def _partial(path: Path) -> Path:
    return path.with_name(f".{path.name}.partial")


def _write_text(path: Path, text: str) -> None:
    _partial(path).write_text(text, encoding="utf-8")
    _partial(path).replace(path)


def _slide_path(out_dir: Path, slide: PhantomSlide) -> Path:
    return out_dir / "slides" / f"{slide.name}.svs"


def _write_slide(out_dir: Path, slide: PhantomSlide) -> str:
    """Write one slide and its truth; its caption row as JSON."""
    path = _slide_path(out_dir, slide)
    truth = json.dumps(slide.truth(), indent=1)
    write_svs(_partial(path), slide.picture(), mpp=slide.mpp, power=slide.power, note=slide.name)
    _write_text(out_dir / "truth" / f"{slide.name}.json", f"{truth}\n")
    _partial(path).replace(path)
    return json.dumps(slide.caption_row(), ensure_ascii=False)
