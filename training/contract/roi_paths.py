"""Where a ROI's image lies in a folder of published form: `<wsi>/rois/<mag>_<n>.<y>y_<x>x.jpg`."""

import re

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


def safe_name(name: str) -> str:
    """The name with all but letters, digits, `.`, `_` and `-` replaced; never `.` or `..`."""
    cleaned = _UNSAFE.sub("-", name).strip(".")
    return cleaned or "unnamed"


def roi_image_path(
    wsi_name: str, path_id: str, magnification: int, corner_l0: tuple[int, int] | None
) -> str:
    """The path of one field, by its top-left corner (x, y) in level-0 pixels; by its path id where
    the corner is not known. The published slide number has no meaning of its own here and is 0.
    """
    folder = f"{safe_name(wsi_name)}/rois"
    if corner_l0 is None or min(corner_l0) < 0:
        return f"{folder}/{magnification}_{safe_name(path_id)}.jpg"
    x_l0, y_l0 = corner_l0
    return f"{folder}/{magnification}_0.{y_l0:05d}y_{x_l0:05d}x.jpg"
