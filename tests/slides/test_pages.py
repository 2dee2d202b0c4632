"""The pages of slides and imports: who sees what, and that no caption reaches a reviewer."""

import os
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.factories import CAPTIONS, jpeg_bytes, make_slide, make_triplet, make_user, write_slide
from webapp.accounts.models import User
from webapp.accounts.roles import Role
from webapp.slides.actions.imports import start_import
from webapp.slides.geometry import Scale
from webapp.slides.models import Import, Slide, Triplet
from webapp.slides.states import ImportState

pytestmark = pytest.mark.django_db

TEXTS = {scale: f"caption-text-of-{scale.value}" for scale in Scale}


@pytest.fixture
def slide(slide_file: Path) -> Slide:
    return make_slide("alpha", file=slide_file, organ="skin")


@pytest.fixture
def triplet(slide: Slide) -> Triplet:
    return make_triplet(
        slide,
        path_id="telling-path-id",
        posters=True,
        captions=TEXTS,
        description="telling-description",
        summary="telling-summary",
    )


@pytest.fixture
def as_curator(client: Client, curator: User) -> Client:
    client.force_login(curator)
    return client


@pytest.fixture
def as_pathologist(pathologist: User) -> Client:
    client = Client()
    client.force_login(pathologist)
    return client


PAGES = ("/slides/", "/slides/summary/", "/slides/{slide}/")
CURATORS_PAGES = ("/slides/import/", "/slides/imports/", "/slides/imports/{run}/",
                  "/slides/imports/{run}/progress/")  # fmt: skip


@pytest.fixture
def run(curator: User) -> Import:
    return start_import(Import.Kind.SLIDES, ["/nowhere/a.svs"], by=curator)


@pytest.mark.parametrize("page", PAGES + CURATORS_PAGES)
def test_strangers_are_sent_to_the_login_page(
    page: str, client: Client, slide: Slide, run: Import
) -> None:
    answer = client.get(page.format(slide=slide.pk, run=run.pk))
    assert answer.status_code == 302
    assert answer["Location"].startswith("/login/")


@pytest.mark.parametrize("page", PAGES + CURATORS_PAGES)
def test_curators_see_every_page(
    page: str, as_curator: Client, triplet: Triplet, run: Import
) -> None:
    answer = as_curator.get(page.format(slide=triplet.slide_id, run=run.pk))
    assert answer.status_code == 200


@pytest.mark.parametrize("page", PAGES)
def test_a_person_without_a_role_sees_no_slide(page: str, client: Client, slide: Slide) -> None:
    client.force_login(make_user())
    assert client.get(page.format(slide=slide.pk)).status_code == 403


@pytest.mark.parametrize("page", CURATORS_PAGES)
def test_pathologists_see_no_import(page: str, as_pathologist: Client, run: Import) -> None:
    assert as_pathologist.get(page.format(run=run.pk)).status_code == 403


def test_a_curator_reads_captions_and_history(as_curator: Client, triplet: Triplet) -> None:
    page = as_curator.get(f"/slides/{triplet.slide_id}/").content.decode()
    for text in (*TEXTS.values(), "telling-description", "telling-summary", "telling-path-id"):
        assert text in page
    assert 'id="history"' in page


def test_no_text_about_a_triplet_reaches_a_reviewer(
    as_pathologist: Client, triplet: Triplet
) -> None:
    for address in ("/slides/", "/slides/summary/", f"/slides/{triplet.slide_id}/"):
        page = as_pathologist.get(address).content.decode()
        assert "telling" not in page
        assert "caption-text" not in page
        assert 'id="history"' not in page
    assert "Triplet 1" in page
    assert page.count("<img") == 3


def test_a_reviewer_is_not_told_the_patient(as_pathologist: Client, slide: Slide) -> None:
    for address in ("/slides/", f"/slides/{slide.pk}/"):
        assert slide.patient.key not in as_pathologist.get(address).content.decode()
    found = as_pathologist.get("/slides/", {"q": slide.patient.key}).context["page"]
    assert found.object_list.count() == 0


def test_a_curator_finds_a_slide_by_its_patient(as_curator: Client, slide: Slide) -> None:
    page = as_curator.get("/slides/", {"q": slide.patient.key})
    assert [found.name for found in page.context["page"]] == [slide.name]
    assert slide.patient.key in page.content.decode()


def test_a_reviewer_who_sees_keys_elsewhere_reads_no_captions_either(
    client: Client, triplet: Triplet
) -> None:
    both = make_user(Role.CURATOR)
    both.groups.add(*make_user(Role.PATHOLOGIST).groups.all())
    client.force_login(both)
    assert "caption-text" not in client.get(f"/slides/{triplet.slide_id}/").content.decode()


def test_a_missing_scale_is_stated(as_pathologist: Client, slide: Slide) -> None:
    make_triplet(slide, scales=(Scale.LOW, Scale.MID))
    page = as_pathologist.get(f"/slides/{slide.pk}/").content.decode()
    assert "no 200x field" in page
    assert "No 200x field was taken" in page


def test_a_field_says_its_width_and_resolution(as_pathologist: Client, triplet: Triplet) -> None:
    page = as_pathologist.get(f"/slides/{triplet.slide_id}/").content.decode()
    side = triplet.rois.get(scale="mid").w_l0 or 0
    assert f"{side * 0.5:.0f} µm" in page


def test_the_overview_draws_every_field(as_curator: Client, triplet: Triplet) -> None:
    page = as_curator.get(f"/slides/{triplet.slide_id}/").content.decode()
    assert 'viewBox="0 0 2048 1536"' in page
    for roi in triplet.rois.all():
        assert f'x="{roi.x_l0}" y="{roi.y_l0}" width="{roi.w_l0}" height="{roi.h_l0}"' in page


def test_texts_are_escaped(as_curator: Client, slide: Slide) -> None:
    make_triplet(slide, summary="<script>alert(1)</script>", captions={**CAPTIONS})
    page = as_curator.get(f"/slides/{slide.pk}/").content.decode()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_a_slide_known_by_name_says_so(as_curator: Client) -> None:
    slide = make_slide("named")
    page = as_curator.get(f"/slides/{slide.pk}/").content.decode()
    assert "The file of this slide is not here" in page


def test_an_unknown_slide_is_not_found(as_curator: Client) -> None:
    assert as_curator.get("/slides/999999/").status_code == 404


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=alp", {"alpha"}),
        ("organ=skin", {"alpha"}),
        ("file=yes", {"alpha"}),
        ("file=no", {"beta"}),
        ("sort=-triplet_count", {"alpha", "beta"}),
        ("organ=nonsense&sort=password", {"alpha", "beta"}),
        ("q=nothing", set()),
        ("page=999", {"alpha", "beta"}),
    ],
)
def test_the_list_is_filtered(
    query: str, found: set[str], as_curator: Client, slide: Slide
) -> None:
    make_slide("beta", organ="colon")
    page = as_curator.get(f"/slides/?{query}").context["page"]
    assert {one.name for one in page} == found


def test_the_list_asks_no_more_for_more_slides(
    as_curator: Client, django_assert_max_num_queries: object
) -> None:
    for _ in range(12):
        make_triplet()
    with django_assert_max_num_queries(9):  # type: ignore[operator]
        as_curator.get("/slides/")


def upload(client: Client, kind: str, *files: tuple[str, bytes], **fields: str) -> Import:
    chosen = [SimpleUploadedFile(name, content) for name, content in files]
    answer = client.post("/slides/import/", {"kind": kind, "chosen": chosen, **fields})
    assert answer.status_code == 302, answer.content.decode()
    return Import.objects.latest("id")


def work_off(run: Import) -> Import:
    from workers.tasks.slides import run_import

    run_import(run.pk)
    run.refresh_from_db()
    return run


def test_slides_are_uploaded(as_curator: Client, slide_file: Path) -> None:
    files = (("alpha.tiff", slide_file.read_bytes()), ("notes.svs", b"no slide"))
    run = work_off(upload(as_curator, "slides", *files, organ="skin"))
    assert run.state == ImportState.DONE
    slide = Slide.objects.get()
    assert (slide.name, slide.organ) == ("alpha", "skin")
    assert slide.file.is_relative_to(settings.MEDIA_ROOT)
    assert not Path(run.paths[0]).exists()  # the upload was cleared away
    page = as_curator.get(f"/slides/imports/{run.pk}/").content.decode()
    assert "notes.svs is no slide format" in page


def test_captions_are_uploaded_with_their_images(as_curator: Client) -> None:
    line = b'{"wsi_name": "far", "paths": [{"path_id": "p", "low_mag": {"image_path": "a.jpg"}}]}'
    work_off(upload(as_curator, "captions", ("c.jsonl", line), ("a.jpg", jpeg_bytes())))
    assert Triplet.objects.get().rois.get().image


def test_a_slide_uploaded_beside_its_captions_is_kept(as_curator: Client, slide_file: Path) -> None:
    line = (
        b'{"wsi_name": "alpha", "wsi_path": "alpha.tiff", "paths": [{"path_id": "p", '
        b'"low_mag": {"bbox": [0, 0, 900, 900], "caption": "Sheets."}}]}'
    )
    content = slide_file.read_bytes()
    run = work_off(upload(as_curator, "captions", ("c.jsonl", line), ("alpha.tiff", content)))
    assert list(run.entries.values_list("outcome", flat=True)) == ["added", "added"]
    assert Slide.objects.get().file.is_file()


def test_files_of_the_inbox_stay_there(as_curator: Client) -> None:
    file = write_slide(Path(settings.INBOX_ROOT) / "batch" / "gamma.tiff", seed=5)
    fields = {"kind": "slides", "inbox": ["batch/gamma.tiff"]}
    assert as_curator.post("/slides/import/", fields).status_code == 302
    work_off(Import.objects.get())
    assert Slide.objects.get().file == file
    file.unlink()


def test_a_file_whose_name_is_no_text_is_not_offered(as_curator: Client) -> None:
    odd = Path(settings.INBOX_ROOT) / os.fsdecode(b"\xff.tiff")
    odd.parent.mkdir(parents=True, exist_ok=True)
    odd.write_bytes(b"II*")
    answer = as_curator.get("/slides/import/")
    odd.unlink()
    assert answer.status_code == 200


def test_a_file_outside_the_inbox_cannot_be_named(as_curator: Client) -> None:
    answer = as_curator.post("/slides/import/", {"kind": "slides", "inbox": ["../secret_key"]})
    assert answer.status_code == 422
    assert not Import.objects.exists()


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({}, "kind"),
        ({"kind": "slides"}, "Choose at least one file"),
        ({"kind": "slides", "mpp": "900", "chosen": "x"}, "mpp"),
        ({"kind": "nonsense"}, "kind"),
        ({"kind": "slides", "upload": "no-uuid"}, "upload"),
    ],
)
def test_a_form_that_cannot_be_used_comes_back(
    fields: dict[str, str], reason: str, as_curator: Client
) -> None:
    answer = as_curator.post("/slides/import/", fields)
    assert answer.status_code == 422
    assert reason in str(answer.context["form"].errors)
    assert not Import.objects.exists()


def test_two_files_of_one_name_come_back(as_curator: Client) -> None:
    files = [SimpleUploadedFile("a.tiff", content) for content in (b"II", b"III")]
    answer = as_curator.post("/slides/import/", {"kind": "slides", "chosen": files})
    assert answer.status_code == 422
    assert "a.tiff is given twice" in answer.content.decode()
    assert not Import.objects.exists()


def test_captions_without_a_jsonl_come_back(as_curator: Client) -> None:
    chosen = [SimpleUploadedFile("a.jpg", jpeg_bytes())]
    answer = as_curator.post("/slides/import/", {"kind": "captions", "chosen": chosen})
    assert answer.status_code == 422
    assert b"Choose a captions file" in answer.content


def test_an_import_is_cancelled_and_goes_on(as_curator: Client, run: Import) -> None:
    as_curator.post(f"/slides/imports/{run.pk}/cancel/")
    assert Import.objects.get().state == ImportState.CANCELLED
    as_curator.post(f"/slides/imports/{run.pk}/retry/")
    assert Import.objects.get().state == ImportState.QUEUED


def test_cancelling_twice_is_a_conflict(as_curator: Client, run: Import) -> None:
    for status in (302, 409):
        assert as_curator.post(f"/slides/imports/{run.pk}/cancel/").status_code == status


@pytest.mark.parametrize("verb", ["cancel", "retry"])
def test_pathologists_stop_and_start_nothing(
    verb: str, as_pathologist: Client, run: Import
) -> None:
    assert as_pathologist.post(f"/slides/imports/{run.pk}/{verb}/").status_code == 403
    assert as_pathologist.get(f"/slides/imports/{run.pk}/{verb}/").status_code == 405


def test_progress_polls_until_the_end(as_curator: Client, run: Import) -> None:
    address = f"/slides/imports/{run.pk}/progress/"
    assert "hx-trigger" in as_curator.get(address).content.decode()
    work_off(run)
    assert "hx-trigger" not in as_curator.get(address).content.decode()


def test_an_unknown_outcome_filters_nothing(as_curator: Client, run: Import) -> None:
    answer = as_curator.get(f"/slides/imports/{run.pk}/?outcome=no-such-outcome")
    assert answer.context["outcome"] == ""


def test_an_unknown_import_is_not_found(as_curator: Client) -> None:
    assert as_curator.get("/slides/imports/999999/").status_code == 404


class TestUploadInPieces:
    @pytest.fixture
    def place(self, as_curator: Client) -> str:
        return f"/slides/uploads/{as_curator.post('/slides/uploads/').json()['upload']}"

    def send(self, client: Client, address: str, piece: bytes, offset: str) -> int:
        answer = client.put(
            address,
            piece,
            content_type="application/octet-stream",
            headers={"upload-offset": offset, "accept": "application/json"},
        )
        return answer.status_code

    def test_pieces_become_the_file(self, as_curator: Client, place: str, slide_file: Path) -> None:
        content, address = BytesIO(slide_file.read_bytes()), f"{place}/alpha.tiff/"
        while piece := content.read(50_000):
            assert self.send(as_curator, address, piece, str(content.tell() - len(piece))) == 200
        fields = {"kind": "slides", "upload": place.rsplit("/", 1)[-1]}
        assert as_curator.post("/slides/import/", fields).status_code == 302
        work_off(Import.objects.get())
        assert Slide.objects.get().file.read_bytes() == slide_file.read_bytes()

    def test_a_piece_sent_twice_is_kept_once(self, as_curator: Client, place: str) -> None:
        address = f"{place}/a.svs/"
        assert self.send(as_curator, address, b"abc", "0") == 200
        assert self.send(as_curator, address, b"abc", "0") == 409
        assert as_curator.get(address).json() == {"size": 3}

    def test_a_piece_out_of_order_is_refused(self, as_curator: Client, place: str) -> None:
        assert self.send(as_curator, f"{place}/a.svs/", b"abc", "7") == 409

    @pytest.mark.parametrize("offset", ["", "-1", "1.5", "x", "٣"])
    def test_an_offset_must_be_a_number(self, offset: str, as_curator: Client, place: str) -> None:
        answer = as_curator.generic(
            "PUT", f"{place}/a.svs/", b"abc", headers={"accept": "application/json"},
            HTTP_UPLOAD_OFFSET=offset,
        )  # fmt: skip
        assert answer.status_code == 422

    @pytest.mark.parametrize("name", ["..", ".hidden", "a%5Cb.svs", "a%00.svs", "x" * 240])
    def test_a_name_that_is_no_file_is_refused(
        self, name: str, as_curator: Client, place: str
    ) -> None:
        assert self.send(as_curator, f"{place}/{name}/", b"abc", "0") in (404, 422)

    def test_a_file_may_not_grow_beyond_the_limit(
        self, as_curator: Client, place: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(settings, "MAX_UPLOAD_BYTES", 2)
        assert self.send(as_curator, f"{place}/a.svs/", b"abc", "0") == 422

    def test_nobody_writes_into_anothers_upload(self, place: str) -> None:
        other = Client()
        other.force_login(make_user(Role.CURATOR))
        assert self.send(other, f"{place}/a.svs/", b"abc", "0") == 404

    def test_pathologists_upload_nothing(self, as_pathologist: Client, place: str) -> None:
        assert as_pathologist.post("/slides/uploads/").status_code == 403
        assert self.send(as_pathologist, f"{place}/a.svs/", b"abc", "0") == 403
