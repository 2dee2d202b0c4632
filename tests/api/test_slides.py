import pytest

from tests.api.conftest import Ask
from tests.factories import CAPTIONS, make_slide, make_triplet
from webapp.accounts.roles import Role
from webapp.slides.geometry import Scale

pytestmark = pytest.mark.django_db


def test_slides_are_listed_by_page(ask: Ask) -> None:
    for number in range(5):
        make_slide(f"slide {number}")
    status, body = ask("slides", per_page=2, page=3)
    assert status == 200
    assert (body["count"], body["pages"]) == (5, 3)
    assert [slide["name"] for slide in body["results"]] == ["slide 4"]


def test_slides_are_found_by_name_and_organ(ask: Ask) -> None:
    make_slide("one", organ="lung")
    make_slide("two")
    assert [slide["name"] for slide in ask("slides", organ="lung")[1]["results"]] == ["one"]
    assert [slide["name"] for slide in ask("slides", q="tw")[1]["results"]] == ["two"]


def test_a_slide_comes_with_its_triplets(ask: Ask) -> None:
    triplet = make_triplet(scales=(Scale.LOW, Scale.MID), posters=True)
    status, body = ask(f"slides/{triplet.slide_id}")
    assert status == 200
    (shown,) = body["shown"]
    assert shown["label"] == triplet.path_id
    assert shown["missing_scales"] == ["200x"]
    assert [roi["caption"] for roi in shown["rois"]] == [CAPTIONS[Scale.LOW], CAPTIONS[Scale.MID]]
    assert shown["rois"][0]["image"].endswith(".jpg")
    assert body["patient"] == triplet.slide.patient.key


def test_pathologists_get_no_texts_about_a_slide(ask: Ask) -> None:
    triplet = make_triplet(summary="Told nowhere", path_id="adenocarcinoma")
    for path in ("slides", f"slides/{triplet.slide_id}"):
        status, body = ask(path, Role.PATHOLOGIST)
        assert status == 200
        said = str(body)
        secrets = (*CAPTIONS.values(), triplet.summary, triplet.description, triplet.path_id)
        assert not [text for text in secrets if text in said]
        assert triplet.slide.patient.key not in said
