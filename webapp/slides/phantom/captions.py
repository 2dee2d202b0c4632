"""What an expert would write about each field of a phantom, in canonical phrases.

Every caption states one value of every attribute of its scale, each by exactly one phrase of
`CANONICAL`, never at the start of a sentence; no phrase lies inside another one of its scale.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from webapp.slides.phantom.layout import Layout, Site
from webapp.slides.phantom.traits import Traits

CANONICAL: Mapping[str, str] = MappingProxyType(
    {
        "low.architecture.glandular": "glandular architecture",
        "low.architecture.nested": "solid nested architecture",
        "low.architecture.sheets": "diffuse sheet-like architecture",
        "low.architecture.trabecular": "trabecular architecture",
        "low.border.infiltrative": "an infiltrative tumour border",
        "low.border.pushing": "a pushing tumour border",
        "low.adipose.present": "mature adipose tissue",
        "low.adipose.absent": "an absence of adipose tissue",
        "low.lymphoid_aggregates.present": "discrete lymphoid aggregates",
        "low.lymphoid_aggregates.absent": "an absence of lymphoid aggregates",
        "low.necrosis.present": "geographic necrosis",
        "low.necrosis.absent": "an absence of necrosis",
        "low.mucin.present": "pools of extracellular mucin",
        "low.mucin.absent": "an absence of extracellular mucin",
        "mid.stroma.desmoplastic": "cellular desmoplastic stroma",
        "mid.stroma.collagenous": "dense collagenous stroma",
        "mid.stroma.loose": "loose oedematous stroma",
        "mid.infiltrate.dense": "a dense inflammatory infiltrate",
        "mid.infiltrate.sparse": "a sparse inflammatory infiltrate",
        "mid.vessels.present": "dilated congested vessels",
        "mid.vessels.absent": "an absence of congested vessels",
        "mid.outline.smooth": "smooth tumour outlines",
        "mid.outline.angular": "angular tumour outlines",
        "mid.clefts.present": "clear retraction clefts",
        "mid.clefts.absent": "an absence of retraction clefts",
        "mid.calcification.present": "scattered microcalcifications",
        "mid.calcification.absent": "an absence of microcalcifications",
        "high.pleomorphism.marked": "markedly pleomorphic nuclei",
        "high.pleomorphism.uniform": "uniform monomorphic nuclei",
        "high.nuclear_shape.round": "round nuclear contours",
        "high.nuclear_shape.elongated": "elongated nuclear contours",
        "high.chromatin.vesicular": "open vesicular chromatin",
        "high.chromatin.dense": "dense hyperchromatic chromatin",
        "high.nucleoli.prominent": "large prominent nucleoli",
        "high.nucleoli.inconspicuous": "small inconspicuous nucleoli",
        "high.cytoplasm.clear": "clear cytoplasm",
        "high.cytoplasm.eosinophilic": "eosinophilic cytoplasm",
        "high.mitoses.present": "frequent mitotic figures",
        "high.mitoses.absent": "an absence of mitotic figures",
        "high.apoptosis.present": "scattered apoptotic bodies",
        "high.apoptosis.absent": "an absence of apoptotic bodies",
        "high.eosinophils.present": "scattered eosinophils",
        "high.eosinophils.absent": "an absence of eosinophils",
        "high.lymphocytes.present": "lymphocytes permeating the tumour",
        "high.lymphocytes.absent": "an absence of intratumoural lymphocytes",
    }
)
"""Feature id (scale.attribute.value) to the phrase that captions and questions use."""

NEGATED = frozenset(name for name in CANONICAL if name.endswith(".absent"))
"""Features that say something is not there."""

_FRAMES: Mapping[str, tuple[tuple[str, ...], ...]] = MappingProxyType(
    {
        "low": (
            ("The tumour has {architecture} with {border}.", "It shows {necrosis} and {mucin}.",
             "Its surroundings show {adipose} and {lymphoid_aggregates}."),
            ("This overview shows {border} and {architecture}.",
             "The periphery shows {lymphoid_aggregates} and {adipose}.",
             "Within the mass there is {mucin}, and there is {necrosis}."),
        ),
        "mid": (
            ("Tumour islands with {outline} lie in {stroma} with {infiltrate}.",
             "The field shows {clefts} and {vessels}.", "There is also {calcification}."),
            ("The tissue between the islands is {stroma} with {vessels}.",
             "It carries {infiltrate}, and the islands have {outline}.",
             "Further findings are {calcification} and {clefts}."),
        ),
        "high": (
            ("The tumour cells have {cytoplasm} and {pleomorphism} with {nuclear_shape}.",
             "Their nuclei have {chromatin} and {nucleoli}.",
             "The field shows {mitoses}, {apoptosis}, {eosinophils} and {lymphocytes}."),
            ("At this power the cells show {pleomorphism} with {chromatin} and {nucleoli}.",
             "They have {nuclear_shape} and {cytoplasm}.",
             "There is evidence of {lymphocytes}, {eosinophils}, {mitoses} and {apoptosis}."),
        ),
    }
)  # fmt: skip


@dataclass(frozen=True)
class PathText:
    """The words of one triplet: what was followed, its summary, a caption for each scale."""

    description: str
    summary: str
    captions: Mapping[str, str]


def feature_ids(scale: str, traits: Traits) -> tuple[str, ...]:
    return tuple(f"{scale}.{name}.{value}" for name, value in traits.items())


def caption(scale: str, traits: Traits, rng: np.random.Generator) -> str:
    """Natural sentences around the traits' phrases."""
    frames = _FRAMES[scale]
    sentences = frames[int(rng.integers(len(frames)))]
    words = {name: CANONICAL[f"{scale}.{name}.{value}"] for name, value in traits.items()}
    return " ".join(sentence.format(**words) for sentence in sentences)


def grade(high: Traits) -> str:
    """high-grade, low-grade or intermediate-grade."""
    marks = (high["pleomorphism"] == "marked") + (high["mitoses"] == "present")
    return ("Low-grade", "Intermediate-grade", "High-grade")[marks]


def _summary(layout: Layout, site: Site) -> str:
    organ = layout.organ.replace("_", " ")
    kind = "adenocarcinoma" if layout.low["architecture"] == "glandular" else "carcinoma"
    phrase = CANONICAL[f"low.architecture.{layout.low['architecture']}"]
    cell = site.traits["high"]["cytoplasm"]
    return (
        f"{grade(site.traits['high'])} {kind} of the {organ}: {phrase} in "
        f"{CANONICAL['mid.stroma.' + site.traits['mid']['stroma']]}, cells with {cell} cytoplasm."
    )


_PLACES = ("upper left", "upper right", "lower left", "lower right")


def path_text(layout: Layout, site: Site) -> PathText:
    rng = layout.stream("captions", site.number)
    place = _PLACES[site.number]
    return PathText(
        description=f"The {place} part of the tumour, followed from the mass to its islands and "
        "from there to single tumour cells.",
        summary=_summary(layout, site),
        captions={
            "low": caption("low", layout.low, rng),
            "mid": caption("mid", site.traits["mid"], rng),
            "high": caption("high", site.traits["high"], rng),
        },
    )
