"""Pictures of fields: cut from a slide, or taken from an image file that came with the captions."""

import io
import warnings
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from webapp.slides.geometry import PREVIEW_SIDE_PX, Box
from webapp.slides.pixels.readers import Reader
from webapp.slides.pixels.regions import POSTER_QUALITY, jpeg, poster

MAX_IMAGE_PIXELS = 50_000_000
MAX_IMAGE_BYTES = 64 * 1024 * 1024
IMAGE_FORMATS = ("JPEG", "PNG", "TIFF", "WEBP", "BMP")

START_OF_SCAN = b"\xda"
# APP1 and APP3 to APP13, APP15 and comments; not APP0 (JFIF), APP2 (ICC) and APP14 (Adobe).
METADATA = frozenset(bytes([marker]) for marker in (0xE1, *range(0xE3, 0xEE), 0xEF, 0xFE))

Image.MAX_IMAGE_PIXELS = MAX_IMAGE_PIXELS


class ImageFileError(ValueError):
    """An image file that cannot be a field's picture; the message names it and says why."""

    def __init__(self, path: Path, fault: str) -> None:
        super().__init__(f"{path.name} {fault}")


@dataclass(frozen=True)
class Poster:
    """A JPEG and its digest; the same field of the same slide always gives the same bytes."""

    content: bytes
    checksum: str
    width: int
    height: int


def cut_poster(reader: Reader, box: Box) -> Poster:
    """
    Raises:
        DamagedSlide: the pixels there cannot be decoded.
    """
    return _poster(poster(reader, box))


def preview_of(content: bytes) -> bytes:
    """A small JPEG, there at once: at most `PREVIEW_SIDE_PX` pixels long."""
    with Image.open(io.BytesIO(content), formats=("JPEG",)) as image:
        image.thumbnail((PREVIEW_SIDE_PX, PREVIEW_SIDE_PX))
        return jpeg(image.convert("RGB"), POSTER_QUALITY)


def poster_from_image(path: Path) -> Poster:
    """The image's pixels as JPEG; those of a JPEG are kept as they are, but not its metadata.

    Raises:
        ImageFileError: it is missing, too large, or no image.
    """
    content = _read(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=IMAGE_FORMATS) as image:
                _check_pixels(path, image)
                image.load()
                if image.format == "JPEG" and image.mode == "RGB" and not _turned(image):
                    kept = without_metadata(content)
                    return Poster(kept, sha256(kept).hexdigest(), *image.size)
                return _poster(_upright_rgb(image))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ImageFileError(path, f"is too large: {error}") from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        if isinstance(error, ImageFileError):
            raise
        raise ImageFileError(path, "is no whole JPEG, PNG, TIFF, WebP or BMP image.") from error


def without_metadata(content: bytes) -> bytes:
    """The JPEG without EXIF, XMP, comments and makers' notes, which may name a person.

    Pixels are not touched: only segments before the scan go (ITU-T T.81, annex B), and what
    tells how to read the pixels stays: JFIF, ICC profile and Adobe's colour transform.

    Raises:
        ValueError: it is no sequence of segments.
    """
    kept, place = [content[:2]], 2
    while (marker := content[place + 1 : place + 2]) != START_OF_SCAN:
        if content[place : place + 1] != b"\xff":
            raise ValueError("a JPEG segment begins with no marker")
        length = 1 if marker == b"\xff" else 2 + int.from_bytes(content[place + 2 : place + 4])
        if marker not in METADATA:
            kept.append(content[place : place + length])
        place += length
    return b"".join((*kept, content[place:]))


def _read(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > MAX_IMAGE_BYTES:
            limit = f"{MAX_IMAGE_BYTES // 2**20} MiB"
            raise ImageFileError(path, f"has {size:,} bytes, more than {limit}; make it smaller.")
        return path.read_bytes()
    except FileNotFoundError as error:
        raise ImageFileError(path, "does not exist.") from error
    except OSError as error:
        raise ImageFileError(path, f"cannot be read: {error.strerror}.") from error


def _check_pixels(path: Path, image: Image.Image) -> None:
    if image.width * image.height > MAX_IMAGE_PIXELS:
        fault = f"measures {image.width:,} x {image.height:,} px; make it smaller."
        raise ImageFileError(path, fault)


def _turned(image: Image.Image) -> bool:
    orientation = 0x0112
    return bool(image.getexif().get(orientation, 1) != 1)


def _upright_rgb(image: Image.Image) -> Image.Image:
    upright = ImageOps.exif_transpose(image)
    if "A" not in upright.getbands() and upright.mode != "P":
        return upright.convert("RGB")
    rgba = upright.convert("RGBA")
    white = Image.new("RGB", rgba.size, (255, 255, 255))
    white.paste(rgba, mask=rgba.getchannel("A"))
    return white


def _poster(picture: Image.Image) -> Poster:
    content = jpeg(picture, POSTER_QUALITY)
    return Poster(content, sha256(content).hexdigest(), *picture.size)
