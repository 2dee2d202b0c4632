"""A pyramidal, tiled JPEG TIFF in the layout that OpenSlide reads as Aperio SVS."""

from pathlib import Path

import numpy as np
import tifffile

from webapp.slides.phantom.stain import Picture

_TILE = 256
_QUALITY = 82
_LEVEL_STEP = 4


def halved(picture: Picture) -> Picture:
    """Half the size, each pixel the mean of four; an odd last row or column is dropped."""
    rows, columns = picture.shape[0] // 2 * 2, picture.shape[1] // 2 * 2
    out = np.empty((rows // 2, columns // 2, 3), np.uint8)
    for top in range(0, rows, 1024):
        part = picture[top : min(top + 1024, rows), :columns].astype(np.uint16)
        total = part[0::2, 0::2] + part[0::2, 1::2] + part[1::2, 0::2] + part[1::2, 1::2]
        out[top // 2 : top // 2 + total.shape[0]] = (total + 2) >> 2
    return out


def pyramid(picture: Picture) -> list[Picture]:
    """The picture and its reductions by 4, down to about a thumbnail."""
    levels = [picture]
    while min(levels[-1].shape[:2]) >= 2 * _TILE:
        levels.append(halved(halved(levels[-1])))
    return levels


def _description(full: Picture, level: Picture, mpp: float, power: float, note: str) -> str:
    size = f"{full.shape[1]}x{full.shape[0]}"
    scaled = "" if level is full else f" -> {level.shape[1]}x{level.shape[0]}"
    head = f"Aperio Image Library format, CrossScope phantom\r\n{size} ({_TILE}x{_TILE}){scaled}"
    return f"{head} JPEG/RGB Q={_QUALITY}|AppMag = {power:g}|MPP = {mpp:.6g}|Title = {note}"


def write_svs(path: Path, picture: Picture, *, mpp: float, power: float, note: str) -> None:
    """Write the slide; equal pictures make equal files."""
    levels = pyramid(picture)
    per_cm = 1e4 / mpp
    with tifffile.TiffWriter(path, bigtiff=False) as out:

        def page(level: Picture, *, tiled: bool) -> None:
            out.write(
                level,
                # tifffile converts to YCbCr itself: "ycbcr" here would store wrong colours.
                photometric="rgb",
                compression="jpeg",
                compressionargs={"level": _QUALITY},
                tile=(_TILE, _TILE) if tiled else None,
                rowsperstrip=None if tiled else level.shape[0],
                resolution=(per_cm, per_cm),
                resolutionunit="CENTIMETER",
                description=_description(picture, level, mpp, power, note),
                metadata=None,
                software="CrossScope phantom",
                maxworkers=1,
            )

        page(levels[0], tiled=True)
        page(levels[-1], tiled=False)  # Aperio's second page is the thumbnail, in one strip
        for level in levels[1:]:
            page(level, tiled=True)
