"""Records for tests: people, slides, triplets and questions, each valid and made in one call."""

import io
import random
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from django.conf import settings
from django.contrib.auth.models import Group
from PIL import Image

from webapp.accounts.models import User
from webapp.accounts.queries import system_user
from webapp.accounts.roles import Role
from webapp.items.actions import create_item
from webapp.items.mcq import Dimension, Mcq, Option, new_option_ids, token
from webapp.items.models import Item
from webapp.items.states import ItemState
from webapp.slides.geometry import Box, Scale, field_box
from webapp.slides.models import Patient, Roi, Slide, Triplet

_numbers = count(1)

MPP = 0.5
WIDTH_L0, HEIGHT_L0 = 12_000, 10_000
CAPTIONS = {
    Scale.LOW: "Broad sheets of epithelium lie in pale stroma.",
    Scale.MID: "Crowded glands with little stroma between them.",
    Scale.HIGH: "Round nuclei with fine chromatin. No mitotic figure is seen.",
}
KEY_TEXT = "Crowded glands and round nuclei"
OPTION_TEXTS = (
    KEY_TEXT,
    "Crowded glands and angular nuclei",
    "Scattered glands and round nuclei",
    "Scattered glands and angular nuclei",
)
RATIONALE = "Only {key} names both what the middle and what the highest field show."


def make_user(role: Role | str | None = None, username: str = "", **fields: Any) -> User:
    """A person with one role (or none); the password is "password"."""
    name = username or f"{role or 'person'}-{next(_numbers)}"
    user: User = User.objects.create_user(name, password="password", **fields)
    if role is not None:
        user.groups.add(Group.objects.get(name=Role(role).value))
    return User.objects.get(pk=user.pk)  # without the permission cache


def make_patient(key: str = "") -> Patient:
    return Patient.objects.create(key=key or f"patient-{next(_numbers)}")


def make_slide(
    name: str = "", *, patient: Patient | None = None, file: Path | None = None, **fields: Any
) -> Slide:
    """A slide known by name alone; with `file` (see `write_slide`), one that has this file."""
    name = name or f"slide-{next(_numbers)}"
    measured: dict[str, Any] = {}
    if file is not None:
        with tifffile.TiffFile(file) as tiff:
            levels = [level.shape[1::-1] for level in tiff.series[0].levels]
        content = file.read_bytes()
        measured = {
            "path": str(file),
            "checksum": sha256(content).hexdigest(),
            "byte_size": len(content),
            "width": levels[0][0],
            "height": levels[0][1],
            "levels": [list(level) for level in levels],
            "mpp": MPP,
            "mpp_source": Slide.MppSource.FILE,
            "vendor": "generic-tiff",
        }
    values = {"organ": "colon", **measured, **fields}
    return Slide.objects.create(name=name, patient=patient or make_patient(), **values)


def make_triplet(
    slide: Slide | None = None,
    *,
    path_id: str = "",
    scales: tuple[Scale, ...] = tuple(Scale),
    posters: bool = False,
    captions: dict[Scale, str] | None = None,
    **fields: Any,
) -> Triplet:
    """A triplet of nested fields with captions; with `posters`, each has a small JPEG."""
    triplet = Triplet.objects.create(
        slide=slide or make_slide(),
        path_id=path_id or f"path-{next(_numbers)}",
        **{"description": "From the sheet to the gland.", "summary": "Adenocarcinoma.", **fields},
    )
    for scale in scales:
        _make_roi(triplet, scale, (captions or CAPTIONS)[scale], posters)
    return triplet


def _make_roi(triplet: Triplet, scale: Scale, caption: str, poster: bool) -> Roi:
    box = _box_in(triplet.slide, scale)
    roi = Roi(triplet=triplet, scale=scale.value, caption=caption)
    roi.x_l0, roi.y_l0, roi.w_l0, roi.h_l0 = box.x_l0, box.y_l0, box.w_l0, box.h_l0
    if poster:
        _add_poster(roi, box)
    roi.save()
    return roi


def _box_in(slide: Slide, scale: Scale) -> Box:
    """The scale's field around the middle, made smaller (as 1 : 4 : 20) for a small slide."""
    width, height = slide.width or WIDTH_L0, slide.height or HEIGHT_L0
    nominal = field_box((width / 2, height / 2), scale, slide.mpp or MPP)
    side = min(nominal.w_l0, min(width, height) * scale.field_um / Scale.LOW.field_um)
    return Box(round((width - side) / 2), round((height - side) / 2), int(side), int(side))


def _add_poster(roi: Roi, box: Box, side: int = 96) -> None:
    content = jpeg_bytes(side, side, seed=len(roi.caption) + roi.triplet_id)
    roi.checksum = sha256(content).hexdigest()
    folder = f"rois/{roi.triplet.slide_id}/{roi.triplet_id}"
    roi.image = f"{folder}/{roi.scale}-{roi.checksum[:12]}.jpg"
    roi.image_width = roi.image_height = side
    roi.mpp = box.w_l0 * (roi.triplet.slide.mpp or MPP) / side
    file = Path(settings.MEDIA_ROOT) / roi.image
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)


def make_mcq(
    *,
    dimension: Dimension | str = Dimension.A,
    texts: tuple[str, ...] = OPTION_TEXTS,
    key: int = 0,
    stem: str = "Which finding do the three fields show together?",
    rationale: str = RATIONALE,
    seed: int = 0,
) -> Mcq:
    """A valid question; `key` is the index of the right text."""
    ids = new_option_ids(random.Random(seed))
    return Mcq(
        dimension=Dimension(dimension),
        stem=stem,
        options=tuple(Option(one, text) for one, text in zip(ids, texts, strict=True)),
        key=ids[key],
        rationale=rationale.replace("{key}", token(ids[key])),
    )


def make_item(
    triplet: Triplet | None = None,
    *,
    mcq: Mcq | None = None,
    state: ItemState = ItemState.DRAFT,
    by: User | None = None,
    **options: Any,
) -> Item:
    """A question written by its action, then put into the state (without its moves).

    `options` go to `make_mcq`.
    """
    item = create_item(
        triplet or make_triplet(),
        mcq or make_mcq(seed=next(_numbers), **options),
        origin=Item.Origin.GENERATED,
        provenance={"generator": "factory"},
        by=by or system_user(),
    )
    Item.objects.filter(pk=item.pk).update(state=state)
    return Item.objects.get(pk=item.pk)


def pixels(width: int, height: int, seed: int = 0) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """A pink, smoothly varying picture, (height, width, 3), in which no two places look alike."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(120, 250, (max(2, height // 32), max(2, width // 32), 3), dtype=np.uint8)
    picture = Image.fromarray(coarse).resize((width, height), Image.Resampling.BILINEAR)
    return np.asarray(picture, dtype=np.uint8)


def jpeg_bytes(width: int = 96, height: int = 96, seed: int = 0) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels(width, height, seed)).save(buffer, "JPEG", quality=85)
    return buffer.getvalue()


def write_slide(
    path: Path,
    *,
    width: int = 2_048,
    height: int = 1_536,
    mpp: float | None = MPP,
    seed: int = 0,
    levels: int = 3,
    tile: int | None = 256,
) -> Path:
    """A tiled pyramidal TIFF that OpenSlide reads; `mpp` None leaves the resolution out."""
    level0 = pixels(width, height, seed)
    # "rgb" is stored as it is; tifffile would store "ycbcr" with wrong colours.
    options: dict[str, Any] = {"photometric": "rgb", "compression": "jpeg", "metadata": None}
    options["tile"] = (tile, tile) if tile else None
    if mpp is not None:
        options |= {"resolution": (1e4 / mpp, 1e4 / mpp), "resolutionunit": "CENTIMETER"}
    path.parent.mkdir(parents=True, exist_ok=True)
    with tifffile.TiffWriter(path) as writer:
        for level in range(levels):
            step = 2**level
            subfile: dict[str, Any] = {"subfiletype": 1} if level else {}
            writer.write(np.ascontiguousarray(level0[::step, ::step]), **options, **subfile)
    return path
