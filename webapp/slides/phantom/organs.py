"""How the normal tissue of each organ is built around the tumour."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Organ:
    """Normal epithelial units: their size and spacing, lining, colours, and the organ's surface."""

    name: str
    spacing_um: float
    radius_um: tuple[float, float]
    lining_um: float
    """Height of the epithelium around a lumen: 0 for plates without sides, 99 for solid acini."""
    fill: float
    """Share of the places that hold a unit."""
    eosin: float
    haematoxylin: float
    nucleus_um: tuple[float, float]
    cell_um: float
    surface: str = ""
    """`crypts`, `epidermis` or nothing."""


_ALL = (
    Organ("colon", 170, (14, 22), 12, 0.05, 0.40, 0.16, (4.3, 2.4), 6.5, "crypts"),
    Organ("breast", 150, (26, 55), 13, 0.40, 0.42, 0.20, (3.6, 2.9), 7.5),
    Organ("skin", 260, (18, 30), 11, 0.12, 0.45, 0.18, (3.6, 2.8), 7.5, "epidermis"),
    Organ("kidney", 56, (23, 29), 17, 0.97, 0.66, 0.10, (3.1, 3.0), 11.0),
    Organ("liver", 400, (600, 700), 0, 1.0, 0.62, 0.12, (3.6, 3.5), 17.0),
    Organ("salivary_gland", 42, (18, 23), 99, 0.97, 0.24, 0.34, (2.9, 2.8), 9.5),
)
ORGAN: Mapping[str, Organ] = MappingProxyType({organ.name: organ for organ in _ALL})
