"""Questions about slides, triplets and imports."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Count, Prefetch, Q, QuerySet
from django.urls import reverse

from training.contract.text import text_fault
from webapp.accounts.models import User
from webapp.accounts.roles import Permission
from webapp.core.errors import NotAllowed, NotFound
from webapp.slides.geometry import Scale
from webapp.slides.models import Import, ImportEntry, Roi, Slide, Triplet
from webapp.slides.pixels.deepzoom import Pyramid
from webapp.slides.states import UNFINISHED

MAX_INBOX_FILES = 500


def stalled_imports() -> QuerySet[Import]:
    """Imports that wait or run and that no worker holds."""
    return Import.objects.filter(Import.unclaimed(), state__in=UNFINISHED)


def may_see_slides(user: User) -> bool:
    """Slides are for everybody with a role; the texts about them are not (`may_see_texts`)."""
    wanted = (Permission.REVIEW_ITEMS, Permission.SEE_KEYS, Permission.IMPORT_SLIDES)
    return any(user.may(permission) for permission in wanted)


def may_see_texts(user: User) -> bool:
    """Captions, summaries and who the patient is: nobody who reviews reads them."""
    return user.may(Permission.SEE_KEYS) and not user.may(Permission.REVIEW_ITEMS)


def require_slide_viewer(user: User) -> None:
    """
    Raises:
        NotAllowed: the person has no role that sees slides.
    """
    if not may_see_slides(user):
        raise NotAllowed("Slides are for people with a role here; ask an admin for one.")


def filtered_slides(
    user: User, *, q: str = "", organ: str = "", file: str = "", sort: str = ""
) -> QuerySet[Slide]:
    """Slides with their number of triplets, in the order asked for; patients are texts, too."""
    slides = Slide.objects.select_related("patient").annotate(triplet_count=Count("triplets"))
    if q:
        words = Q(name__icontains=q)
        if may_see_texts(user):
            words |= Q(patient__key__icontains=q)
        slides = slides.filter(words)
    if organ:
        slides = slides.filter(organ=organ)
    if file:
        slides = slides.filter(path="") if file == "no" else slides.exclude(path="")
    return slides.order_by(sort or "name", "name")


def organs() -> list[str]:
    """Every organ that a slide has, in order."""
    named = Slide.objects.exclude(organ="").values_list("organ", flat=True)
    return sorted(set(named))


def slide_to_show(slide_id: int) -> Slide:
    """
    Raises:
        NotFound: there is none.
    """
    slide = Slide.objects.select_related("patient").filter(pk=slide_id).first()
    if slide is None:
        raise NotFound(f"There is no slide {slide_id}.")
    return slide


@dataclass(frozen=True)
class FieldOfView:
    """A scale of a triplet as a page shows it; `roi` is None where the scale was not taken."""

    scale: Scale
    roi: Roi | None
    note: str


@dataclass(frozen=True)
class ShownTriplet:
    triplet: Triplet
    label: str
    fields: tuple[FieldOfView, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(field.scale.label for field in self.fields if field.roi is None)


def triplets_to_show(slide: Slide, user: User) -> list[ShownTriplet]:
    """The slide's triplets; their ids tell what they show, so reviewers get plain numbers."""
    rois = Prefetch("rois", Roi.objects.order_by("scale"))
    texts = may_see_texts(user)
    return [
        ShownTriplet(
            triplet,
            triplet.path_id if texts else f"Triplet {number}",
            tuple(_field_of_view(triplet, scale, slide) for scale in Scale),
        )
        for number, triplet in enumerate(
            slide.triplets.order_by("id").prefetch_related(rois), start=1
        )
    ]


def _field_of_view(triplet: Triplet, scale: Scale, slide: Slide) -> FieldOfView:
    roi = triplet.rois_by_scale().get(scale)
    return FieldOfView(scale, roi, "" if roi is None else _note(roi, slide))


def _note(roi: Roi, slide: Slide) -> str:
    """Width on the glass and resolution of the picture, as far as they are known."""
    notes = []
    if roi.box is not None and slide.mpp is not None:
        field_um = roi.box.field_um(slide.mpp)
        notes.append(f"{field_um / 1000:.3g} mm" if field_um >= 1000 else f"{field_um:.0f} µm")
    if roi.mpp is not None:
        notes.append(f"{roi.mpp:.3g} µm/px")
    return " · ".join(notes)


def tile_source(slide: Slide) -> dict[str, Any] | None:
    """What OpenSeadragon needs to open the slide without asking for its descriptor first."""
    if not slide.has_file or slide.checksum is None:
        return None
    pyramid = Pyramid(slide.width or 1, slide.height or 1)
    address = reverse("slides:dzi", args=(slide.pk, slide.checksum[:12])).removesuffix(".dzi")
    return {
        "Image": {
            "xmlns": "http://schemas.microsoft.com/deepzoom/2008",
            "Url": f"{address}/",
            "Format": "jpg",
            "Overlap": "0",
            "TileSize": str(pyramid.tile),
            "Size": {"Width": str(pyramid.width), "Height": str(pyramid.height)},
        }
    }


def counts() -> dict[str, int]:
    """What there is, for the first page."""
    return {
        "slides": Slide.objects.count(),
        "with_file": Slide.objects.exclude(path="").count(),
        "triplets": Triplet.objects.count(),
        "open_imports": Import.objects.filter(state__in=UNFINISHED).count(),
    }


def imports_to_show() -> QuerySet[Import]:
    """Imports, newest first, each with its number of refusals."""
    refused = Count("entries", filter=Q(entries__outcome=ImportEntry.Outcome.REFUSED))
    return (
        Import.objects.select_related("created_by").annotate(refused_count=refused).order_by("-id")
    )


def import_to_show(run_id: int) -> Import:
    """
    Raises:
        NotFound: there is none.
    """
    run = imports_to_show().filter(pk=run_id).first()
    if run is None:
        raise NotFound(f"There is no import {run_id}.")
    return run


def outcome_counts(run: Import) -> dict[str, int]:
    """Entries by outcome, in the order that outcomes are declared."""
    rows = run.entries.order_by().values_list("outcome").annotate(n=Count("id"))
    found = dict(rows)
    return {outcome.value: found[outcome] for outcome in ImportEntry.Outcome if outcome in found}


def inbox_files() -> list[str]:
    """Files in the server's inbox folder, relative to it; hidden ones are left out, and those
    whose name no page could show."""
    root = Path(settings.INBOX_ROOT)
    found = (file for file in root.rglob("*") if not file.name.startswith("."))
    names = sorted(file.relative_to(root).as_posix() for file in found if file.is_file())
    return [name for name in names if text_fault(name) is None][:MAX_INBOX_FILES]
