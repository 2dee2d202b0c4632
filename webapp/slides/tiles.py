"""Pictures over HTTP: Deep Zoom tiles, overviews and fields of view.

Each address carries the digest of what it shows, so an answer never changes: it is cached for a
year and asked for again only by its strong ETag.
"""

import re
from collections.abc import Callable
from functools import partial, wraps
from typing import Concatenate, ParamSpec, cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.http import parse_etags
from django.views.decorators.http import require_safe
from PIL import Image

from webapp.accounts.access import PersonRequest
from webapp.core.errors import NotFound
from webapp.slides.media import media_file, preview_name, write_media
from webapp.slides.models import Roi, Slide
from webapp.slides.pixels.deepzoom import NoSuchTile, Pyramid
from webapp.slides.pixels.library import library
from webapp.slides.pixels.measure import OVERVIEW_SIDE
from webapp.slides.pixels.posters import preview_of
from webapp.slides.pixels.readers import Reader, SlideFileError
from webapp.slides.pixels.regions import POSTER_QUALITY, TILE_QUALITY, jpeg, overview
from webapp.slides.queries import require_slide_viewer

IMMUTABLE = "private, max-age=31536000, immutable"
DIGEST = re.compile(r"[0-9a-f]{12,64}")
THUMBNAIL_SIDE = 320
RENDERING = "1"
"""Part of every ETag; raise it when the same address is to show other pixels."""

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def _for_viewers(view: View[P]) -> View[P]:
    """Only people who may see slides get an answer, a 304 included."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        require_slide_viewer(cast(PersonRequest, request).user)
        return view(request, *args, **kwargs)

    return require_safe(login_required(guarded))


@_for_viewers
def dzi(request: HttpRequest, slide_id: int, checksum: str) -> HttpResponse:
    slide = _slide(slide_id, checksum)
    return _immutable(
        request, f"{slide.checksum}-dzi", lambda: _pyramid(slide).dzi().encode(), "application/xml"
    )


@_for_viewers
def tile(
    request: HttpRequest, slide_id: int, checksum: str, level: int, column: int, row: int
) -> HttpResponse:
    slide = _slide(slide_id, checksum)
    key = f"{slide.checksum}-{level}-{column}-{row}"
    return _immutable(request, key, partial(_draw_tile, slide, level, column, row))


@_for_viewers
def overview_image(request: HttpRequest, slide_id: int, checksum: str) -> HttpResponse:
    """The whole slide, 1,024 px long."""
    slide = _slide(slide_id, checksum)
    return _immutable(request, f"{slide.checksum}-overview", partial(_overview, slide))


@_for_viewers
def thumbnail(request: HttpRequest, slide_id: int, checksum: str) -> HttpResponse:
    slide = _slide(slide_id, checksum)
    return _immutable(request, f"{slide.checksum}-thumbnail", partial(_thumbnail, slide))


@_for_viewers
def roi_image(request: HttpRequest, roi_id: int, checksum: str) -> HttpResponse:
    roi = _roi(roi_id, checksum)
    return _immutable(request, f"roi-{roi.checksum}", partial(_read_media, roi.image))


@_for_viewers
def roi_preview(request: HttpRequest, roi_id: int, checksum: str) -> HttpResponse:
    """The same, at most `PREVIEW_SIDE_PX` pixels long: what a screen shows at first."""
    roi = _roi(roi_id, checksum)
    return _immutable(request, f"roi-{roi.checksum}-preview", partial(_preview, roi))


def _immutable(
    request: HttpRequest,
    key: str,
    make: Callable[[], bytes],
    content_type: str = "image/jpeg",
) -> HttpResponse:
    """The content, or 304 without making it when the sender has it."""
    etag = f'"{key}-{RENDERING}"'
    held = [tag.removeprefix("W/") for tag in parse_etags(request.headers.get("If-None-Match", ""))]
    if etag in held or "*" in held:
        response: HttpResponse = HttpResponseNotModified()
    else:
        response = HttpResponse(make(), content_type=content_type)
    response["ETag"] = etag
    response["Cache-Control"] = IMMUTABLE
    return response


def _slide(slide_id: int, checksum: str) -> Slide:
    slides = Slide.objects.filter(pk=slide_id, checksum__startswith=_digest(checksum))
    slide = slides.only("name", "path", "checksum", "byte_size", "width", "height").first()
    if slide is None or not slide.has_file:
        raise NotFound("There is no such slide picture; reload the page that named it.")
    return slide


def _roi(roi_id: int, checksum: str) -> Roi:
    roi = Roi.objects.filter(pk=roi_id, checksum__startswith=_digest(checksum)).first()
    if roi is None or not roi.image:
        raise NotFound("There is no such picture; reload the page that named it.")
    return roi


def _digest(checksum: str) -> str:
    """The start of a digest, long enough to name one content."""
    if not DIGEST.fullmatch(checksum):
        raise NotFound("The address of this picture is damaged; reload the page that named it.")
    return checksum


def _pyramid(slide: Slide) -> Pyramid:
    return Pyramid(slide.width or 1, slide.height or 1)


def _draw_tile(slide: Slide, level: int, column: int, row: int) -> bytes:
    def draw(reader: Reader) -> Image.Image:
        return _pyramid(slide).draw(reader, level, column, row)

    try:
        return jpeg(_with_reader(slide, draw), TILE_QUALITY)
    except NoSuchTile as error:
        raise NotFound(f"{slide.name} has no tile {level}/{column}_{row}: {error}.") from error


def _with_reader(slide: Slide, draw: Callable[[Reader], Image.Image]) -> Image.Image:
    try:
        with library().lend(slide.file) as reader:
            if reader.level_sizes[0] != (slide.width, slide.height):
                raise NotFound(f"The file of {slide.name} was replaced; import it again.")
            return draw(reader)
    except SlideFileError as error:
        raise NotFound(f"{slide.name} cannot be shown: {error}") from error


def _overview(slide: Slide) -> bytes:
    """The file made at import; made again where the media folder lost it."""
    name = f"overviews/{slide.checksum}.jpg"
    if not media_file(name).is_file():
        picture = _with_reader(slide, lambda reader: overview(reader, OVERVIEW_SIDE))
        write_media(name, jpeg(picture, POSTER_QUALITY))
    return media_file(name).read_bytes()


def _thumbnail(slide: Slide) -> bytes:
    name = f"overviews/{slide.checksum}-{THUMBNAIL_SIDE}.jpg"
    if not media_file(name).is_file():
        _overview(slide)
        with Image.open(media_file(f"overviews/{slide.checksum}.jpg")) as picture:
            picture.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
            write_media(name, jpeg(picture, POSTER_QUALITY))
    return media_file(name).read_bytes()


def _preview(roi: Roi) -> bytes:
    """The file made at import; made again where the media folder lost it."""
    name = preview_name(roi.image)
    if not media_file(name).is_file():
        write_media(name, preview_of(_read_media(roi.image)))
    return media_file(name).read_bytes()


def _read_media(name: str) -> bytes:
    try:
        return media_file(name).read_bytes()
    except OSError as error:
        raise NotFound("The file of this picture is gone; import its captions again.") from error
