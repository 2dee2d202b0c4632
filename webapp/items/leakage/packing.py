"""Arrays and texts as bytes that are read without running anything: JSON, compressed."""

import base64
import binascii
import json
import zlib
from typing import Any

import numpy as np


class PackingError(ValueError):
    """Bytes that are not what they should be."""


def pack(document: dict[str, Any]) -> bytes:
    return zlib.compress(canonical(document), 6)


def unpack(packed: bytes, *, most: int) -> dict[str, Any]:
    """
    Raises:
        PackingError: the bytes are no packed document of at most `most` bytes.
    """
    reader = zlib.decompressobj()
    try:
        text = reader.decompress(packed, most)
        document = json.loads(text)
    except (zlib.error, ValueError, RecursionError) as error:
        raise PackingError("The bytes are damaged, or were never packed here.") from error
    if reader.unconsumed_tail or not reader.eof or not isinstance(document, dict):
        raise PackingError("The bytes are cut short, too long, or hold something else.")
    return document


def canonical(document: dict[str, Any]) -> bytes:
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def array_as_json(array: np.ndarray) -> dict[str, Any]:
    """Single precision, little-endian."""
    content = np.ascontiguousarray(array, dtype="<f4").tobytes()
    return {"shape": list(array.shape), "f4": base64.b64encode(content).decode()}


def array_from_json(stored: Any) -> np.ndarray:
    """
    Raises:
        PackingError: it is no array.
    """
    try:
        content = base64.b64decode(stored["f4"], validate=True)
        array = np.frombuffer(content, dtype="<f4").reshape(stored["shape"])
    except (KeyError, TypeError, ValueError, binascii.Error) as error:
        raise PackingError("An array of numbers is damaged.") from error
    if not np.isfinite(array).all():
        raise PackingError("An array holds something that is no number.")
    return array.astype(np.float32)
