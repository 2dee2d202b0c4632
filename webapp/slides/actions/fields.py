"""Placing one field of view on its slide and making its picture. Writes nothing."""

from dataclasses import dataclass
from pathlib import Path

from webapp.slides.captions import CaptionsError, FieldRecord, box_from_file_name, place_of
from webapp.slides.geometry import Box, Scale
from webapp.slides.media import media_file
from webapp.slides.models import Roi, Slide
from webapp.slides.pixels.library import library
from webapp.slides.pixels.posters import ImageFileError, Poster, cut_poster, poster_from_image
from webapp.slides.pixels.readers import SlideFileError

LEAST_ON_SLIDE = 0.5
"""Published fields may reach past the border; one that is mostly off the slide is a mistake."""


@dataclass(frozen=True)
class PreparedField:
    """`poster` is None when the stored one still holds, or when there is no picture at all."""

    scale: Scale
    caption: str
    source_path: str
    box: Box | None
    poster: Poster | None
    um_per_px: float | None
    notes: tuple[str, ...] = ()


def prepare_field(
    slide: Slide,
    scale: Scale,
    field: FieldRecord,
    stored: Roi | None,
    *,
    folder: Path | None,
    where: str,
) -> PreparedField:
    """
    Raises:
        CaptionsError: the field lies off the slide, or its picture cannot be made.
    """
    box = place_of(field, scale, slide.mpp, where=where)
    _check_on_slide(slide, box, where)
    poster, notes = _picture(slide, scale, field, box, stored, folder, where)
    resolution = _um_per_px(slide, box, poster)
    source_path = field.image_path or ""
    return PreparedField(scale, field.caption, source_path, box, poster, resolution, notes)


def cut_field(slide: Slide, scale: Scale, box: Box, stored: Roi, *, where: str) -> PreparedField:
    """A stored field's picture out of its slide; its caption stays.

    Raises:
        CaptionsError: the field lies off the slide, or its pixels cannot be read.
    """
    _check_on_slide(slide, box, where)
    poster = _cut(slide, box, where)
    resolution = _um_per_px(slide, box, poster)
    return PreparedField(scale, stored.caption, stored.source_path, box, poster, resolution)


def _um_per_px(slide: Slide, box: Box | None, poster: Poster | None) -> float | None:
    """Resolution of the picture, where the place on the slide is known."""
    if poster is None or box is None or slide.mpp is None:
        return None
    return box.w_l0 * slide.mpp / poster.width


def _picture(
    slide: Slide,
    scale: Scale,
    field: FieldRecord,
    box: Box | None,
    stored: Roi | None,
    folder: Path | None,
    where: str,
) -> tuple[Poster | None, tuple[str, ...]]:
    if slide.has_file and box is not None:
        if stored is not None and stored.box == box and _is_there(stored):
            return None, ()
        return _cut(slide, box, where), ()
    image = _image_file(field, scale, folder, where)
    if image is not None:
        return _read_image(image, where), ()
    if stored is not None and _is_there(stored):
        return None, ()
    return None, ("has no picture: neither the slide's file nor an image is here.",)


def _cut(slide: Slide, box: Box, where: str) -> Poster:
    try:
        with library().lend(slide.file) as reader:
            return cut_poster(reader, box)
    except SlideFileError as error:
        raise CaptionsError(where, str(error)) from error


def _read_image(image: Path, where: str) -> Poster:
    try:
        return poster_from_image(image)
    except ImageFileError as error:
        raise CaptionsError(f"{where}.image_path", str(error)) from error


def _image_file(field: FieldRecord, scale: Scale, folder: Path | None, where: str) -> Path | None:
    """The image that the record names; None when it names none that has to be there.

    Raises:
        CaptionsError: it leads out of the folder by a link, or it is the field's only source.
    """
    if field.image_path is None or folder is None:
        return None
    image = file_below(folder, field.image_path, where=f"{where}.image_path")
    if image.is_file():
        return image
    placed = field.bbox is not None or field.centre is not None
    named = box_from_file_name(field.image_path, scale, 1.0, where=where)
    if placed or named is not None:
        return None
    raise CaptionsError(f"{where}.image_path", f"{image.name} does not exist.")


def file_below(folder: Path, relative: str, *, where: str) -> Path:
    """The file of that name below the folder.

    Raises:
        CaptionsError: a link leads out of the folder, or in a circle.
    """
    try:
        target = (folder / relative).resolve()
    except (RuntimeError, OSError) as error:  # RuntimeError: how Python 3.11 says "circle"
        raise CaptionsError(where, f"{relative!r} is a link that leads nowhere.") from error
    if not target.is_relative_to(folder.resolve()):
        raise CaptionsError(where, f"{relative!r} leads out of its folder by a link.")
    return target


def _is_there(roi: Roi) -> bool:
    return bool(roi.image) and media_file(roi.image).is_file()


def _check_on_slide(slide: Slide, box: Box | None, where: str) -> None:
    if box is None or slide.box is None:
        return
    whole = slide.box
    width = min(box.right_l0, whole.right_l0) - max(box.x_l0, 0)
    height = min(box.bottom_l0, whole.bottom_l0) - max(box.y_l0, 0)
    share = max(0, width) * max(0, height) / (box.w_l0 * box.h_l0)
    if share < LEAST_ON_SLIDE:
        fault = (
            f"the field ({box.x_l0}, {box.y_l0}; {box.w_l0} x {box.h_l0} px) lies {1 - share:.0%} "
            f"off the slide of {whole.w_l0} x {whole.h_l0} px; give level-0 pixels."
        )
        raise CaptionsError(where, fault)
