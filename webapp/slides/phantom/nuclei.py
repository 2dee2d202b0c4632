"""Kinds of cells, and the sizes and shapes their nuclei come in.

Every kind has a small set of variants (its bank): a variant is one outline at one angle. A cell
names its variant, so what is drawn and what the truth reports are the same numbers.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from webapp.slides.phantom.layout import Layout
from webapp.slides.phantom.organs import ORGAN
from webapp.slides.phantom.traits import SITES

ANGLES = 16
"""Variant k of a bank lies at angle (k % ANGLES) * pi / ANGLES."""


class Kind(IntEnum):
    """Cells by how they look; TUMOUR + n and MITOSIS + n belong to site n."""

    FIBROBLAST = 0
    LYMPHOCYTE = 1
    PLASMA = 2
    EOSINOPHIL = 3
    APOPTOSIS = 4
    NORMAL = 5
    DEBRIS = 6
    GHOST = 7
    RED = 8
    GOBLET = 9
    PERMEATING = 10
    TUMOUR = 16
    MITOSIS = 24


ON_TOP = (
    Kind.EOSINOPHIL,
    Kind.APOPTOSIS,
    Kind.PERMEATING,
    *range(Kind.MITOSIS, Kind.MITOSIS + SITES),
)
"""Counted findings, drawn last so that no other nucleus hides one."""


@dataclass(frozen=True)
class Style:
    """How one variant is drawn: half-axes in um, stain amounts, texture."""

    long_um: float
    wide_um: float
    angle: float
    dark: float
    vesicular: bool
    nucleolus_um: float
    rough: float
    seed: int

    @property
    def area_um2(self) -> float:
        return float(np.pi * self.long_um * self.wide_um)


def _style(
    rng: np.random.Generator, k: int, long: float, wide: float, dark: float, **more: float
) -> Style:
    return Style(
        long_um=long,
        wide_um=wide,
        angle=(k % ANGLES) * np.pi / ANGLES,
        dark=dark,
        vesicular=bool(more.get("vesicular", 0)),
        nucleolus_um=more.get("nucleolus", 0.0),
        rough=more.get("rough", 0.05),
        seed=int(rng.integers(0, 2**31)),
    )


def _tumour_bank(layout: Layout, site: int) -> list[Style]:
    rng = layout.stream("bank", site)
    traits = layout.sites[site].traits["high"]
    marked, vesicular = traits["pleomorphism"] == "marked", traits["chromatin"] == "vesicular"
    aspect = 1.12 if traits["nuclear_shape"] == "round" else 2.0
    prominent = traits["nucleoli"] == "prominent"
    styles = []
    for k in range(ANGLES * (20 if marked else 12)):
        radius = 4.4 * rng.lognormal(0, 0.30) if marked else 3.75 * rng.lognormal(0, 0.05)
        radius = float(np.clip(radius, 2.6, 9.0))
        stretch = aspect * rng.lognormal(0, 0.12 if marked else 0.05)
        long, wide = radius * np.sqrt(stretch), radius / np.sqrt(stretch)
        spot = (0.30 * wide if marked else 0.33 * wide) * rng.uniform(0.85, 1.15)
        styles.append(
            _style(
                rng,
                k,
                long,
                wide,
                rng.uniform(0.85, 1.2) * (0.95 if vesicular else 1.55),
                vesicular=vesicular,
                nucleolus=max(spot, 0.95) if prominent else 0.0,
                rough=0.085 if marked else 0.03,
            )
        )
    return styles


def _mitosis_bank(layout: Layout, site: int) -> list[Style]:
    rng = layout.stream("mitoses", site)
    return [
        _style(rng, k, rng.uniform(4.8, 6.2), rng.uniform(1.5, 2.1), 2.6, rough=0.3)
        for k in range(ANGLES * 3)
    ]


def _plain_banks(layout: Layout) -> dict[int, list[Style]]:
    rng = layout.stream("plain banks")
    organ = ORGAN[layout.organ]
    many = range(ANGLES * 8)
    few = range(ANGLES * 2)
    u = rng.uniform
    long, wide = organ.nucleus_um
    return {
        Kind.FIBROBLAST: [_style(rng, k, u(5, 9), u(1.0, 1.9), u(0.9, 1.5)) for k in many],
        Kind.LYMPHOCYTE: [
            _style(rng, k, u(2.8, 3.5), u(2.6, 3.1), u(1.5, 1.95), rough=0.05) for k in many
        ],
        Kind.PERMEATING: [
            _style(rng, k, u(2.6, 3.3), u(2.3, 2.9), u(1.7, 2.1), rough=0.06) for k in few
        ],
        Kind.PLASMA: [_style(rng, k, u(2.8, 3.2), u(2.5, 2.9), u(1.4, 1.7)) for k in many],
        Kind.EOSINOPHIL: [_style(rng, k, u(5.2, 6.0), u(4.8, 5.4), u(1.6, 1.9)) for k in few],
        Kind.APOPTOSIS: [_style(rng, k, u(4.4, 5.6), u(4.2, 5.2), u(2.3, 2.8)) for k in few],
        Kind.NORMAL: [
            _style(rng, k, long * u(0.92, 1.08), wide * u(0.92, 1.08), u(0.85, 1.2), vesicular=1)
            for k in many
        ],
        Kind.DEBRIS: [_style(rng, k, u(0.7, 2.0), u(0.6, 1.6), u(1.0, 2.0)) for k in many],
        Kind.GHOST: [_style(rng, k, u(3.5, 5), u(3, 4), u(0.15, 0.4)) for k in few],
        Kind.RED: [_style(rng, k, u(3.0, 3.6), u(2.5, 3.4), u(0.75, 1.0)) for k in few],
        Kind.GOBLET: [_style(rng, k, u(6.0, 8.0), u(4.2, 5.6), u(0.3, 0.5)) for k in few],
    }


def make_banks(layout: Layout) -> dict[int, list[Style]]:
    """Every kind's variants, by kind number."""
    banks = _plain_banks(layout)
    for site in range(SITES):
        banks[Kind.TUMOUR + site] = _tumour_bank(layout, site)
        banks[Kind.MITOSIS + site] = _mitosis_bank(layout, site)
    return banks
