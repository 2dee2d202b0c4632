"""What every slide reader offers, and how a file fails to be a slide."""

from pathlib import Path
from typing import Any, Protocol, TypeAlias

import numpy as np

from webapp.slides.geometry import PLAUSIBLE_MPP

Picture: TypeAlias = "np.ndarray[Any, np.dtype[np.uint8]]"
"""RGB, shape (height, width, 3)."""

Size: TypeAlias = tuple[int, int]
"""Width, height."""


class SlideFileError(ValueError):
    """A file that cannot be a slide here; the message names it and says why."""

    def __init__(self, path: Path, fault: str) -> None:
        super().__init__(f"{path.name} {fault}")
        self.path = path
        self.fault = fault


class NotASlide(SlideFileError):
    """The format is none that is read here."""


class DamagedSlide(SlideFileError):
    """The format is known, but some of the pixels cannot be read."""


class Reader(Protocol):
    """An open slide. Its methods may be called by several threads at once."""

    path: Path
    level_sizes: tuple[Size, ...]
    downsamples: tuple[float, ...]
    mpp: float | None
    objective_power: float | None
    vendor: str

    def read(self, level: int, x_level: int, y_level: int, width: int, height: int) -> Picture:
        """A rectangle of one level; white where the slide has no pixels.

        Raises:
            DamagedSlide: the pixels there cannot be decoded.
        """
        ...

    def close(self) -> None: ...


def downsamples_of(level_sizes: tuple[Size, ...]) -> tuple[float, ...]:
    """Level-0 pixels per pixel of each level, as the mean of both directions."""
    width, height = level_sizes[0]
    return tuple((width / w + height / h) / 2 for w, h in level_sizes)


def plausible_mpp(mpp: float | None) -> float | None:
    """The resolution, or None for one that no slide scanner has."""
    lowest, highest = PLAUSIBLE_MPP
    return mpp if mpp is not None and lowest <= mpp <= highest else None
