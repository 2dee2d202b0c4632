"""Near-duplicates: found by an index for one question, and all of them at once."""

from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import make_item, make_mcq, make_slide, make_triplet
from webapp.accounts.queries import system_user
from webapp.items.actions import NewItem, Written, create_items, retire_item, revise_item
from webapp.items.alike import Tissue, likest_of_patient, near_duplicates, overview
from webapp.items.likeness import bands, shingles
from webapp.items.mcq import Mcq
from webapp.items.models import Item
from webapp.items.states import ItemState
from webapp.slides.models import Triplet

pytestmark = pytest.mark.django_db

STEM = "Which pair of findings do the three fields of view show together in this tissue?"
NEARLY = STEM.replace("tissue", "slide")
OTHER = (
    "A brisk infiltrate",
    "Wide clefts beside dilated vessels",
    "Mucin pools without any cell",
    "Necrosis",
)


def asked(stem: str = STEM, triplet: Triplet | None = None, seed: int = 0) -> Item:
    return make_item(triplet, mcq=make_mcq(stem=stem, seed=seed))


def like(item: Item) -> list[tuple[int, str]]:
    found = near_duplicates(item, item.current.mcq())
    return [(one.revision.item_id, one.tissue.value) for one in found]


def told() -> set[tuple[tuple[int, ...], str]]:
    return {((*case.items, *case.others), case.tissue.value) for case in overview().cases}


def test_the_same_tissue_comes_first() -> None:
    slide = make_slide()
    triplet = make_triplet(slide)
    item = asked(triplet=triplet)
    elsewhere, patient, fields = asked(), asked(NEARLY, make_triplet(slide)), asked(NEARLY, triplet)
    make_item(mcq=make_mcq(stem="What settles it?", texts=OTHER))
    assert like(item) == [
        (fields.pk, "fields"),
        (patient.pk, "patient"),
        (elsewhere.pk, "other"),
    ]


def test_the_list_is_told_of_the_same_patient_only() -> None:
    triplet = make_triplet()
    item, fields, elsewhere = asked(triplet=triplet), asked(NEARLY, triplet), asked()
    newest = [one.current.pk for one in (item, fields, elsewhere)]
    found = likest_of_patient(newest)
    assert {pk: one.revision.item_id for pk, one in found.items()} == {
        item.pk: fields.pk,
        fields.pk: item.pk,
    }


def test_twins_are_none() -> None:
    mcq = make_mcq(stem=STEM)
    new = [NewItem(make_triplet(), [Written(mcq, {})], [ItemState.DRAFT], "t1") for _ in range(2)]
    twins = create_items(new, by=system_user())
    assert like(twins[0]) == []
    assert told() == set()
    stranger = asked()
    assert like(twins[0]) == [(stranger.pk, "other")]
    assert {pk for pk, _ in like(stranger)} == {twin.pk for twin in twins}
    assert told() == {((twins[0].pk, twins[1].pk, stranger.pk), "other")}


def test_only_texts_in_use_count() -> None:
    item, retired, revised = asked(), asked(), asked()
    retire_item(retired, reason="double", by=system_user())
    Item.objects.filter(pk=revised.pk).update(state=ItemState.READY)
    fresh = Item.objects.get(pk=revised.pk)
    other = replace(fresh.current.mcq(), stem="What of the glands, and what of the nuclei in them?")
    assert len(like(item)) == 1
    revise_item(fresh, other, parent_number=1, by=system_user())
    assert like(item) == []
    assert told() == set()


def test_every_way_to_write_a_text_keeps_its_bands() -> None:
    item = asked()
    (made,) = create_items(
        [NewItem(make_triplet(), [Written(make_mcq(stem=STEM), {})], [ItemState.DRAFT])],
        by=system_user(),
    )
    Item.objects.filter(pk=item.pk).update(state=ItemState.READY)
    mcq: Mcq = replace(item.current.mcq(), stem=NEARLY)
    revise_item(Item.objects.get(pk=item.pk), mcq, parent_number=1, by=system_user())
    for one in (item, made):
        for revision in one.revisions.all():
            texts = [option["text"] for option in revision.options]
            assert revision.bands == bands(shingles(revision.stem, texts))


def test_the_overview_groups_one_wording_and_pairs_two() -> None:
    triplet = make_triplet()
    one, same = asked(triplet=triplet), asked()
    near = asked(NEARLY, triplet)
    assert told() == {
        ((one.pk, same.pk), "other"),
        ((one.pk, same.pk, near.pk), "fields"),
    }
    found = overview()
    assert found.cases[0].tissue == Tissue.FIELDS
    assert found.items[Tissue.FIELDS] == {one.pk, near.pk}
    assert found.items[Tissue.OTHER] == {one.pk, same.pk}


def test_a_question_is_looked_up_in_two_queries() -> None:
    item = asked()
    for _ in range(5):
        asked()
    mcq = item.current.mcq()
    with CaptureQueriesContext(connection) as captured:
        assert len(near_duplicates(item, mcq)) == 5
    assert len(captured) <= 4
