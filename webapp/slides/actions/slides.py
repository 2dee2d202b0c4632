"""Taking slide files in. The long part reads the file; the short part writes one transaction."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from training.contract.rows import MAX_NAME_CHARS
from training.contract.text import text_fault
from webapp.accounts.access import require
from webapp.accounts.models import User
from webapp.accounts.roles import Permission
from webapp.core.errors import BadInput, Conflict
from webapp.core.events import record_event
from webapp.slides.actions.outcomes import Outcome, Result
from webapp.slides.captions import MAX_LABEL_CHARS
from webapp.slides.geometry import PLAUSIBLE_MPP
from webapp.slides.media import place_file, write_media
from webapp.slides.models import Patient, Slide
from webapp.slides.pixels.measure import SlideFacts, check_file, digest, measure
from webapp.slides.pixels.readers import SlideFileError

MPP_TOLERANCE = 0.01
"""Two statements of one resolution may differ by rounding."""

MAX_PATH_CHARS = Slide._meta.get_field("path").max_length or 0

DEFAULT_STAIN = "H&E"


@dataclass(frozen=True)
class Details:
    """What a person says of a slide; None or "" leaves it to the file or to what is stored."""

    name: str = ""
    mpp: float | None = None
    organ: str = ""
    stain: str = ""
    patient: str = ""


@dataclass(frozen=True)
class PreparedSlide:
    """A file that was read and found whole; `facts` is None for content that is here already."""

    path: Path
    name: str
    checksum: str
    details: Details
    facts: SlideFacts | None
    uploaded: bool


def import_slide(
    path: Path, details: Details | None = None, *, by: User, uploaded: bool = False
) -> Result:
    """Take one slide file in; the same content again changes nothing.

    A file stays where it lies, unless it was `uploaded`: then it moves below MEDIA_ROOT.

    Raises:
        BadInput: the file or a detail cannot be used; the message names it.
        Conflict: another slide has this name.
    """
    prepared = prepare_slide(path, details or Details(), by=by, uploaded=uploaded)
    return store_slide(prepared, by=by)


def prepare_slide(
    path: Path,
    details: Details,
    *,
    by: User,
    uploaded: bool = False,
    pulse: Callable[[], None] = lambda: None,
) -> PreparedSlide:
    """Read and check the file, writing nothing.

    Raises:
        BadInput: see `import_slide`.
    """
    require(by, Permission.IMPORT_SLIDES)
    path = Path(os.path.abspath(path))  # noqa: PTH100  a link stays a link, "." and ".." go
    name = _checked_name(details.name or path.stem, path)
    _check_path(path)
    _check_details(details, name)
    try:
        check_file(path)
        checksum = digest(path, pulse)
        known = Slide.objects.filter(checksum=checksum).exists()
        facts = None if known else measure(path, max_pixels=settings.MAX_SLIDE_PIXELS, pulse=pulse)
    except SlideFileError as error:
        raise BadInput(str(error)) from error
    except OSError as error:
        raise BadInput(f"{path.name} cannot be read: {error.strerror}.") from error
    return PreparedSlide(path, name, checksum, details, facts, uploaded)


@transaction.atomic
def store_slide(prepared: PreparedSlide, *, by: User) -> Result:
    """Write what `prepare_slide` found.

    Raises:
        BadInput: no resolution is known, or the person contradicts what is stored.
        Conflict: another slide has this name.
    """
    require(by, Permission.IMPORT_SLIDES)
    known = Slide.objects.select_for_update().filter(checksum=prepared.checksum).first()
    if known is not None:
        return _update_known(known, prepared, by)
    if prepared.facts is None:
        raise Conflict(f"{prepared.name} was removed while it was read; import it again.")
    named = Slide.objects.select_for_update().filter(name=prepared.name).first()
    if named is not None and named.has_file:
        raise Conflict(
            f"{prepared.path.name}: a slide named {prepared.name} is here with another content "
            f"(sha256 {str(named.checksum)[:12]}…, this file {prepared.checksum[:12]}…); "
            "rename the file, or keep the slide that is here."
        )
    return _write_slide(named, prepared, prepared.facts, by)


def _write_slide(
    named: Slide | None, prepared: PreparedSlide, facts: SlideFacts, by: User
) -> Result:
    fields = _fields_of(prepared, facts)
    details = prepared.details
    slide = named or Slide(name=prepared.name)
    before = None if named is None else described(named)
    if named is None or details.patient:
        slide.patient = patient_of(details.patient or prepared.name)
    fields["organ"] = details.organ or slide.organ
    fields["stain"] = details.stain or slide.stain or DEFAULT_STAIN
    for field, value in fields.items():
        setattr(slide, field, value)
    try:
        with transaction.atomic():
            slide.save()
    except IntegrityError as error:
        fault = "is being imported by somebody else at this moment; import it again."
        raise Conflict(f"{prepared.path.name} {fault}") from error
    write_media(overview_name(prepared.checksum), facts.overview_jpeg)
    record_event("import_slide", slide, by=by, before=before, after=described(slide))
    size = f"{facts.width:,} x {facts.height:,} px, {slide.mpp:.4g} um/px"
    return Result(prepared.name, Outcome.ADDED, size, _mpp_warnings(prepared, facts))


def _fields_of(prepared: PreparedSlide, facts: SlideFacts) -> dict[str, Any]:
    mpp = facts.mpp or prepared.details.mpp
    if mpp is None:
        raise BadInput(
            f"{prepared.path.name} does not say its resolution; give it in um per pixel "
            "(--mpp, the field mpp of the form or of the JSONL)."
        )
    source = Slide.MppSource.FILE if facts.mpp else Slide.MppSource.PERSON
    path = prepared.path
    stored = place_file(path, prepared.checksum) if prepared.uploaded else str(path)
    return {
        "path": stored,
        "checksum": prepared.checksum,
        "byte_size": facts.byte_size,
        "width": facts.width,
        "height": facts.height,
        "levels": [list(size) for size in facts.levels],
        "mpp": mpp,
        "mpp_source": source,
        "objective_power": facts.objective_power,
        "vendor": facts.vendor[:100],
    }


def _mpp_warnings(prepared: PreparedSlide, facts: SlideFacts) -> tuple[str, ...]:
    given = prepared.details.mpp
    if given is None or facts.mpp is None or _agree(given, facts.mpp):
        return ()
    said = f"{prepared.path.name} says {facts.mpp:.4g} um/px and you gave {given:.4g}"
    return (f"{said}; the file's own value is kept.",)


def _update_known(slide: Slide, prepared: PreparedSlide, by: User) -> Result:
    """The content is here: only what a person now says differently is written."""
    given = prepared.details.mpp
    by_person = slide.mpp_source == Slide.MppSource.PERSON
    if by_person and given is not None and not _agree(given, slide.mpp or 0.0):
        raise Conflict(
            f"{slide.name} is stored with {slide.mpp:.4g} um/px as somebody gave it, "
            f"and you gave {given:.4g}; agree on one first."
        )
    if not slide.file.is_file():  # it was moved after its import
        moved = place_file(prepared.path, prepared.checksum) if prepared.uploaded else prepared.path
        slide.path = str(moved)
    return _update_details(slide, prepared.details, by=by, asked_name=prepared.name)


def _update_details(slide: Slide, details: Details, *, by: User, asked_name: str = "") -> Result:
    before = described(Slide.objects.select_related("patient").get(pk=slide.pk))
    if details.patient and details.patient != slide.patient.key:
        slide.patient = patient_of(details.patient)
    slide.organ = details.organ or slide.organ
    slide.stain = details.stain or slide.stain
    after = described(slide)
    if before == after:
        other = asked_name not in ("", slide.name)
        note = f"the same content is here as {slide.name}" if other else "already here"
        return Result(asked_name or slide.name, Outcome.UNCHANGED, note)
    slide.save(update_fields=["patient", "organ", "stain", "path"])
    record_event("update_slide", slide, by=by, before=before, after=after)
    changed = ", ".join(field for field in after if after[field] != before[field])
    return Result(asked_name or slide.name, Outcome.UPDATED, f"changed: {changed}")


@transaction.atomic
def name_slide(details: Details, *, by: User) -> Result:
    """A slide known by name alone (its file may come later), or new details of one that is here."""
    require(by, Permission.IMPORT_SLIDES)
    name = _checked_name(details.name, Path(details.name))
    _check_details(details, name)
    slide = Slide.objects.select_for_update().filter(name=name).first()
    if slide is not None:
        return _update_details(slide, details, by=by)
    fields = {
        "patient": patient_of(details.patient or name),
        "organ": details.organ,
        "stain": details.stain or DEFAULT_STAIN,
    }
    slide, made = Slide.objects.get_or_create(name=name, defaults=fields)
    if not made:  # another import was quicker
        return _update_details(slide, details, by=by)
    record_event("name_slide", slide, by=by, after=described(slide))
    return Result(name, Outcome.ADDED, "known by name alone: its file is not here")


def patient_of(key: str) -> Patient:
    patient, _made = Patient.objects.get_or_create(key=key)
    return patient


def described(slide: Slide) -> dict[str, Any]:
    """What an event keeps of a slide."""
    return {
        "name": slide.name,
        "patient": slide.patient.key,
        "organ": slide.organ,
        "stain": slide.stain,
        "path": slide.path,
        "checksum": slide.checksum,
        "mpp": slide.mpp,
        "mpp_source": slide.mpp_source,
    }


def overview_name(checksum: str) -> str:
    """Where the picture of the whole slide lies under MEDIA_ROOT."""
    return f"overviews/{checksum}.jpg"


def _checked_name(name: str, path: Path) -> str:
    fault = text_fault(name, limit=MAX_NAME_CHARS)
    if fault is None and (not name.strip() or any(char in name for char in "\t\r\n")):
        fault = "is no usable name; rename it"
    if fault is not None:
        raise BadInput(f"The name of {ascii(path.name)[:80]} {fault}.")
    return name


def _check_path(path: Path) -> None:
    """A folder above the file may have a name that the database cannot keep."""
    fault = text_fault(str(path), limit=MAX_PATH_CHARS)
    if fault is not None:
        raise BadInput(f"The path {ascii(str(path))[:200]} {fault}.")


def _check_details(details: Details, name: str) -> None:
    lowest, highest = PLAUSIBLE_MPP
    if details.mpp is not None and not lowest <= details.mpp <= highest:
        raise BadInput(
            f"{name}: mpp {details.mpp:g} is impossible; slides have {lowest:g} to {highest:g} "
            "um per pixel."
        )
    said = (
        ("patient", details.patient, MAX_NAME_CHARS),
        ("organ", details.organ, MAX_LABEL_CHARS),
        ("stain", details.stain, MAX_LABEL_CHARS),
    )
    for field, value, limit in said:
        fault = text_fault(value, limit=limit)
        if fault is not None:
            raise BadInput(f"{name}: {field} {fault}.")


def _agree(one: float, other: float) -> bool:
    return abs(one - other) <= MPP_TOLERANCE * max(one, other)
