"""One phantom slide as values: its anatomy, caption row and truth; its pixels on demand."""

from dataclasses import dataclass
from functools import cached_property

from webapp.slides.phantom.anatomy import Anatomy, make_anatomy
from webapp.slides.phantom.captions import path_text
from webapp.slides.phantom.cells import Cells, make_cells
from webapp.slides.phantom.fields import SIDE_UM
from webapp.slides.phantom.layout import Box, make_layout
from webapp.slides.phantom.paint import paint_slide
from webapp.slides.phantom.scene import make_scene
from webapp.slides.phantom.stain import Picture
from webapp.slides.phantom.truth import Json, slide_truth

DEFAULT_SIZE_PX = 9216
SMALLEST_PX, LARGEST_PX = 1152, 18432
_POWER_TIMES_MPP = 10.0


class PhantomError(ValueError):
    """A phantom that cannot be made as asked."""


@dataclass(frozen=True)
class PhantomSlide:
    """Slide number `slide` of a seed. `size_px` sets the resolution, never what is on the slide."""

    seed: int
    slide: int
    size_px: int = DEFAULT_SIZE_PX

    def __post_init__(self) -> None:
        if not SMALLEST_PX <= self.size_px <= LARGEST_PX:
            raise PhantomError(
                f"A phantom of size_px {self.size_px} cannot be made; "
                f"give a side between {SMALLEST_PX} and {LARGEST_PX} pixels."
            )
        if self.seed < 0 or self.slide < 0:
            raise PhantomError(
                f"A phantom needs seed and number of at least 0, not {self.seed} and {self.slide}; "
                "give non-negative integers."
            )

    @property
    def name(self) -> str:
        return f"phantom-{self.seed}-{self.slide}"

    @property
    def mpp(self) -> float:
        return SIDE_UM / self.size_px

    @property
    def power(self) -> float:
        """The objective that would scan at this resolution, as Aperio reckons: 20 at 0.5 um/px."""
        return round(_POWER_TIMES_MPP / self.mpp, 2)

    @cached_property
    def anatomy(self) -> Anatomy:
        return make_anatomy(make_layout(self.seed, self.slide))

    @cached_property
    def cells(self) -> Cells:
        return make_cells(self.anatomy)

    def picture(self) -> Picture:
        """All pixels, (size_px, size_px, 3) RGB."""
        return paint_slide(make_scene(self.anatomy, self.cells, self.mpp))[
            : self.size_px, : self.size_px
        ]

    def bbox_l0(self, box: Box) -> list[int]:
        """x, y, width, height in level-0 pixels."""
        side = round(box.side_um / self.mpp)
        return [round(box.x_um / self.mpp), round(box.y_um / self.mpp), side, side]

    def caption_row(self) -> Json:
        """One line of the captions JSONL."""
        layout = self.anatomy.layout
        return {
            "wsi_name": self.name,
            "wsi_path": f"slides/{self.name}.svs",
            "mpp": self.mpp,
            "organ": layout.organ,
            "stain": "H&E",
            "patient": self.name,
            "paths": [self._path(site) for site in range(len(layout.sites))],
        }

    def _path(self, number: int) -> Json:
        site = self.anatomy.layout.sites[number]
        text = path_text(self.anatomy.layout, site)
        boxes = {"low": site.low, "mid": site.mid, "high": self.anatomy.high[number]}
        fields = {
            f"{scale}_mag": {"bbox": self.bbox_l0(box), "caption": text.captions[scale]}
            for scale, box in boxes.items()
        }
        return {
            "path_id": f"{self.name}-t{number + 1}",
            "path_description": text.description,
            "path_summary": text.summary,
            **fields,
        }

    def truth(self) -> Json:
        return {"wsi_name": self.name, "mpp": self.mpp, **slide_truth(self.anatomy, self.cells)}
