"""Stage 1: captions by scale to features by scale."""

import pytest

from workers.pipeline.decompose import DecomposeError, decompose, extractor


def test_each_caption_is_read_at_its_scale() -> None:
    found = decompose({"low": "A pushing tumour border.", "high": "No mitotic figure is seen."})
    assert {scale: [one.id for one in each] for scale, each in found.items()} == {
        "low": ["low.border.pushing"],
        "high": ["high.mitoses.absent"],
    }


def test_a_scale_without_a_caption_is_left_out() -> None:
    assert decompose({"low": "Tissue.", "mid": " "}) == {"low": ()}


def test_an_unknown_scale_is_refused() -> None:
    with pytest.raises(DecomposeError, match="'huge' is no scale"):
        decompose({"huge": "Tissue."})


def test_the_extractor_names_rules_and_words() -> None:
    name, version, digest = extractor().split("/")
    assert (name, version) == ("rules", "1")
    assert len(digest) == 12
