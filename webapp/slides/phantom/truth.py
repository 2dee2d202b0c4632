"""What is really on the slide, counted: the ground truth beside the captions."""

from collections.abc import Mapping

import numpy as np

from webapp.slides.phantom.anatomy import Anatomy
from webapp.slides.phantom.captions import feature_ids
from webapp.slides.phantom.cells import Cells
from webapp.slides.phantom.fields import GRID_UM, Map
from webapp.slides.phantom.layout import Box, Site
from webapp.slides.phantom.nuclei import Kind

Json = Mapping[str, object]


def _area_mm2(field: Map) -> float:
    return round(float((field > 0).sum()) * GRID_UM**2 / 1e6, 4)


def _part(field: Map, box: Box) -> Map:
    top, left = int(box.y_um / GRID_UM), int(box.x_um / GRID_UM)
    side = int(box.side_um / GRID_UM)
    return field[top : top + side, left : left + side]


def _count(cells: Cells, kind: int, box: Box) -> int:
    return int(box.holds(cells.of(kind)).sum())


def low_truth(anatomy: Anatomy, box: Box) -> Json:
    """Areas (mm2) and numbers in a low field."""
    maps = anatomy.maps
    names = ("tissue", "mass", "tumour", "fat", "necrosis", "mucin", "aggregates")
    areas = {f"{name}_mm2": _area_mm2(_part(getattr(maps, name), box)) for name in names}
    middles = np.array([[disc.x_um, disc.y_um] for disc in anatomy.aggregates]).reshape(-1, 2)
    return {**areas, "lymphoid_aggregates": int(box.holds(middles).sum())}


def _stroma_mm2(anatomy: Anatomy, box: Box) -> float:
    maps = anatomy.maps
    free = (maps.tumour < 0) & (maps.normal < 0) & (maps.fat < 0) & (maps.necrosis < 0)
    return _area_mm2(_part((free & (maps.mucin < 0)).astype(np.float32), box))


def mid_truth(anatomy: Anatomy, cells: Cells, box: Box) -> Json:
    """Counts in a mid field; inflammatory cells also for each mm2 of its stroma."""
    vessels = np.array([[v.x_um, v.y_um] for v in anatomy.vessels]).reshape(-1, 2)
    stones = np.array([[c.x_um, c.y_um] for c in cells.calcifications]).reshape(-1, 2)
    inflammatory = sum(_count(cells, kind, box) for kind in (Kind.LYMPHOCYTE, Kind.PLASMA))
    stroma = _stroma_mm2(anatomy, box)
    return {
        "congested_vessels": int(box.holds(vessels).sum()),
        "red_cells": _count(cells, Kind.RED, box),
        "microcalcifications": int(box.holds(stones).sum()),
        "inflammatory_cells": inflammatory,
        "stroma_mm2": stroma,
        "inflammatory_per_mm2": round(inflammatory / max(stroma, 0.01), 1),
        "cleft_um": round(float(_part(anatomy.maps.clefts, box).mean()), 3),
    }


def _nuclei(cells: Cells, site: Site, box: Box) -> Json:
    chosen = cells.kind == Kind.TUMOUR + site.number
    inside = np.flatnonzero(chosen)[box.holds(cells.at[chosen])]
    bank = cells.banks[Kind.TUMOUR + site.number]
    styles = [bank[int(k)] for k in cells.variant[inside]]
    area = np.array([style.area_um2 for style in styles] or [0.0])
    aspect = np.array([style.long_um / style.wide_um for style in styles] or [0.0])
    return {
        "tumour_nuclei": len(styles),
        "nuclear_area_um2": round(float(area.mean()), 2),
        "nuclear_area_cv": round(float(area.std() / max(area.mean(), 1e-6)), 3),
        "nuclear_aspect": round(float(aspect.mean()), 3),
        "with_nucleolus": sum(bool(style.nucleolus_um > 0) for style in styles),
        "vesicular": sum(style.vesicular for style in styles),
    }


def high_truth(cells: Cells, site: Site, box: Box) -> Json:
    """Counts in a high field, and where its mitoses are (um)."""
    mitoses = cells.of(Kind.MITOSIS + site.number)
    mitoses = mitoses[box.holds(mitoses)]
    return {
        **_nuclei(cells, site, box),
        "mitoses": len(mitoses),
        "mitoses_um": np.round(mitoses, 1).tolist(),
        "apoptotic_bodies": _count(cells, Kind.APOPTOSIS, box),
        "eosinophils": _count(cells, Kind.EOSINOPHIL, box),
        "permeating_lymphocytes": _count(cells, Kind.PERMEATING, box),
    }


def slide_truth(anatomy: Anatomy, cells: Cells) -> Json:
    layout = anatomy.layout
    return {
        "seed": layout.seed,
        "slide": layout.slide,
        "organ": layout.organ,
        "cells": len(cells.at),
        "triplets": [
            {
                "features": [
                    *feature_ids("low", layout.low),
                    *feature_ids("mid", site.traits["mid"]),
                    *feature_ids("high", site.traits["high"]),
                ],
                "low": low_truth(anatomy, site.low),
                "mid": mid_truth(anatomy, cells, site.mid),
                "high": high_truth(cells, site, anatomy.high[site.number]),
            }
            for site in layout.sites
        ],
    }
