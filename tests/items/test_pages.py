"""The curator's pages about items: list, item, import."""

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.factories import make_item, make_mcq, make_slide, make_triplet, make_user
from tests.items.published_files import published_row, write_rows
from webapp.accounts.queries import system_user
from webapp.accounts.roles import Role
from webapp.items.actions import advance_item, revise_item
from webapp.items.models import Item
from webapp.items.states import ItemState
from webapp.slides.geometry import Scale
from webapp.slides.models import Import

pytestmark = pytest.mark.django_db


@pytest.fixture
def curator(client: Client) -> Client:
    client.force_login(make_user(Role.CURATOR, "cleo"))
    return client


def text_of(client: Client, address: str, query: dict[str, str] | None = None) -> str:
    answer = client.get(address, query or {})
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_list_shows_newest_first(curator: Client) -> None:
    make_item(stem="The older stem?")
    make_item(stem="The newer stem?")
    text = text_of(curator, "/items/")
    assert text.index("The newer stem?") < text.index("The older stem?")


def test_the_list_is_narrowed(curator: Client) -> None:
    slide = make_slide("needle-slide")
    make_item(make_triplet(slide), stem="First stem?", state=ItemState.READY, dimension="C")
    make_item(stem="Second stem?", state=ItemState.LEAKY, dimension="D")
    for query in (
        {"state": "ready"},
        {"dimension": "C"},
        {"q": "first"},
        {"q": "NEEDLE"},
        {"q": "%"},
    ):
        text = text_of(curator, "/items/", query)
        assert ("First stem?" in text) == (query != {"q": "%"})
        assert "Second stem?" not in text
    assert "No items here" in text_of(curator, "/items/", {"origin": "published"})


@pytest.mark.parametrize("name", ["state", "dimension", "origin", "q", "page"])
@pytest.mark.parametrize("value", ["nonsense", "x" * 3000, "-1", "9" * 40, "<b>", "🙂"])
def test_odd_filters_never_fail(curator: Client, name: str, value: str) -> None:
    make_item()
    assert "<b>" not in text_of(curator, "/items/", {name: value}).replace("&lt;b&gt;", "")


def test_the_list_costs_the_same_for_any_number_of_items(curator: Client) -> None:
    def cost(count: int) -> int:
        for _ in range(count):
            make_item()
        with CaptureQueriesContext(connection) as captured:
            text_of(curator, "/items/")
        return len(captured)

    few, many = cost(2), cost(30)
    assert few == many <= 16


def test_an_item_shows_its_question_key_history_and_fields(curator: Client) -> None:
    item = make_item(make_triplet(posters=True, scales=(Scale.LOW, Scale.HIGH)), key=1)
    advance_item(item, ItemState.SCREENING, by=system_user(), reason="<u>why</u>")
    text = text_of(curator, f"/items/{item.pk}/")
    for option in item.current.options:
        assert option["text"] in text
        assert option["id"] not in text
    assert text.count("is-key") == 1
    assert "Only option B names" in text
    assert "This triplet has no 40x field" in text
    assert text.count("/slides/rois/") == 2
    assert "create_item" in text or "Create item" in text
    assert "&lt;u&gt;why&lt;/u&gt;" in text


def test_an_item_without_images_says_so(curator: Client) -> None:
    item = make_item(make_triplet())
    assert "No image file for this field" in text_of(curator, f"/items/{item.pk}/")


def test_an_items_page_costs_the_same_for_any_number_of_revisions(curator: Client) -> None:
    item = make_item(state=ItemState.READY)

    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            text_of(curator, f"/items/{item.pk}/")
        return len(captured)

    first = cost()
    for number in range(1, 6):
        Item.objects.filter(pk=item.pk).update(state=ItemState.READY)
        fresh = Item.objects.get(pk=item.pk)
        mcq = replace(fresh.current.mcq(), stem=f"Stem {number}?")
        revise_item(fresh, mcq, parent_number=number, by=system_user())
    assert cost() == first <= 20


def test_versions_tell_what_they_changed(curator: Client) -> None:
    item = make_item(state=ItemState.READY, stem="Which finding is round?")
    mcq = item.current.mcq()
    changed = replace(mcq, stem="Which finding is angular?", key=mcq.options[2].id)
    revise_item(item, changed, parent_number=1, by=system_user())
    text = text_of(curator, f"/items/{item.pk}/")
    assert "<del>round</del><ins>angular</ins>" in text
    assert "changed: stem, key" in text
    assert text.index('id="version-2"') < text.index('id="version-1"')
    assert f'hx-get="/batches/story/{item.pk}/"' in text
    assert "key before" in text


def test_twins_are_named_with_what_is_true_of_them(curator: Client) -> None:
    first, second = make_mcq(seed=1, key=0), make_mcq(seed=2, key=2)
    twins = [make_item(mcq=mcq) for mcq in (first, second)]
    Item.objects.update(twin_group="t")
    make_item(mcq=first)
    text = text_of(curator, f"/items/{twins[0].pk}/")
    part = text[text.index('id="twins"') : text.index('id="story"')]
    assert f"/items/{twins[1].pk}/" in part
    assert '<span class="option__letter" title="As lettered above">C</span>' in part
    assert second.options[2].text in part
    assert part.count("<tr>") == 2


def test_near_duplicates_are_warned_of(curator: Client) -> None:
    triplet = make_triplet()
    one, other = (make_item(triplet, mcq=make_mcq(seed=seed)) for seed in (1, 2))
    text = text_of(curator, f"/items/{one.pk}/")
    assert "Nearly the same is asked about the same fields" in text
    assert (
        f'<a href="/items/{other.pk}/">Item {other.pk}</a> <span class="num">100 %</span>' in text
    )
    assert "Same words" in text_of(curator, "/items/duplicates/")
    assert "No near-duplicates" in text_of(curator, "/items/duplicates/", {"tissue": "other"})
    assert "Same words" in text_of(curator, "/items/duplicates/", {"tissue": "<b>"})


def as_typed(curator: Client, item: Item, **changed: str) -> dict[str, str]:
    form = curator.get(f"/items/{item.pk}/revise/").context["form"]
    return {name: str(form[name].value()) for name in form.fields} | changed


def test_what_is_typed_is_checked_and_not_saved(curator: Client) -> None:
    item = make_item(state=ItemState.READY)
    twice = as_typed(curator, item, option_A="Round nuclei", option_B="round nuclei.")
    answer = curator.post(f"/items/{item.pk}/check/", twice)
    assert "Error: Duplicate options, option B" in answer.content.decode()
    empty = curator.post(f"/items/{item.pk}/check/", as_typed(curator, item, stem=" "))
    assert "The stem is empty" in empty.content.decode()
    missing = curator.post(f"/items/{item.pk}/check/", {})
    assert "This field is required" in missing.content.decode()
    assert item.revisions.count() == 1


def test_after_saving_the_person_is_told_of_near_duplicates(curator: Client) -> None:
    triplet = make_triplet()
    make_item(triplet)
    item = make_item(triplet, state=ItemState.READY, stem="What settles the impression here?")
    stem = "Which finding do the three fields show together?"
    sent = as_typed(curator, item, stem=stem)
    page = curator.post(f"/items/{item.pk}/revise/", sent, follow=True).content.decode()
    assert "reads nearly like another item" in page


@pytest.mark.parametrize("number", ["0", "999999", "9" * 30])
def test_an_item_that_is_not_there_is_a_404(curator: Client, number: str) -> None:
    for page in ("", "revise/"):
        assert curator.get(f"/items/{number}/{page}").status_code == 404


def test_the_summary_counts_by_state(curator: Client) -> None:
    make_item(state=ItemState.READY)
    make_item(state=ItemState.READY)
    text = text_of(curator, "/items/summary/")
    assert '<span class="stat__value">2</span>' in text


def upload(client: Client, content: bytes, name: str = "q.json") -> str:
    """Where the answer leads, or the text of the page that came back."""
    file = BytesIO(content)
    file.name = name
    answer = client.post("/items/import/", {"chosen": file})
    if answer.status_code == 302:
        return str(answer["Location"])
    assert answer.status_code == 422
    return answer.content.decode()


@pytest.mark.django_db(transaction=True)
def test_an_uploaded_file_is_imported_by_the_worker(curator: Client, tmp_path: Path) -> None:
    rows = [published_row(1), published_row(2, answer="Z")]
    location = upload(curator, write_rows(tmp_path / "q.json", rows).read_bytes())
    run = Import.objects.get()
    assert location == f"/slides/imports/{run.pk}/"
    assert (run.state, run.done, run.created_by.username) == ("done", 2, "cleo")
    text = text_of(curator, location)
    assert "q.json, row 2: answer is &#x27;Z&#x27;" in text
    assert Item.objects.count() == 1
    assert Item.objects.get().state in (ItemState.READY, ItemState.LEAKY)
    assert not Path(run.paths[0]).exists()


@pytest.mark.django_db(transaction=True)
def test_a_file_of_the_inbox_is_imported_with_the_images_beside_it(curator: Client) -> None:
    inbox = Path(settings.INBOX_ROOT)
    file = write_rows(inbox / "delivery" / "q.json", [published_row(1)])
    (inbox / "delivery" / "slide.svs").touch()
    text = text_of(curator, "/items/import/")
    assert "delivery/q.json" in text
    assert "slide.svs" not in text
    answer = curator.post("/items/import/", {"inbox": "delivery/q.json"})
    assert answer.status_code == 302
    assert Item.objects.count() == 1
    assert file.exists()


def test_a_file_that_cannot_be_read_fails_on_its_page(
    curator: Client, django_capture_on_commit_callbacks: object
) -> None:
    location = upload(curator, b"no json")
    assert location.startswith("/slides/imports/")


@pytest.mark.parametrize(
    ("content", "name", "fault"),
    [
        (b"[]", "q.txt", "Choose a file of questions, named .json"),
        (b"", "q.json", "The submitted file is empty"),
        (b"[]", ".json", "begins with a dot"),
    ],
)
def test_what_is_no_file_of_questions_comes_back_with_a_sentence(
    curator: Client, content: bytes, name: str, fault: str
) -> None:
    assert fault in upload(curator, content, name)
    assert not Import.objects.exists()


@pytest.mark.parametrize("choice", [{}, {"inbox": "../../etc/passwd"}, {"upload": "nonsense"}])
def test_nothing_usable_chosen_comes_back(curator: Client, choice: dict[str, str]) -> None:
    answer = curator.post("/items/import/", choice)
    assert answer.status_code == 422
    assert not Import.objects.exists()


def test_somebody_elses_upload_cannot_be_imported(curator: Client) -> None:
    from webapp.slides.actions.uploads import start_upload

    theirs = start_upload(by=make_user(Role.CURATOR, "dora"))
    answer = curator.post("/items/import/", {"upload": str(theirs)})
    assert answer.status_code == 404
