"""An item's story: its rounds with screenings, calls and lessons."""

from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.factories import make_mcq, make_triplet, make_user
from tests.generation.made_calls import make_call
from webapp.accounts.models import User
from webapp.accounts.roles import Role
from webapp.generation.actions.slots import fill_slots
from webapp.generation.made import Learned, Made, Round, ScreeningRecord
from webapp.generation.models import Batch, Constraint, Slot
from webapp.items.models import Item

pytestmark = pytest.mark.django_db


@pytest.fixture
def batch(cleo: User) -> Batch:
    config = {"generator": "gpt-5", "scheme": "twins"}
    return Batch.objects.create(name="Of models", config=config, seed=1, created_by=cleo)


def made_item(batch: Batch, by: User, rounds: int = 2, number: int = 1) -> Item:
    """Every round but the last leaks, and teaches."""
    slot = Slot.objects.create(
        batch=batch, number=number, triplet=make_triplet(), dimension="A", plan={}
    )
    told = [_round(batch, n, last=n == rounds) for n in range(1, rounds + 1)]
    (item,) = fill_slots({slot.pk: Made(tuple(told))}, by=by)
    return item


def _round(batch: Batch, number: int, *, last: bool) -> Round:
    mcq = make_mcq(stem=f"Which finding is shown in round {number}?", seed=number, key=1)
    asked = [make_call(batch, stage=stage).pk for stage in ("generate", "screen")]
    found = ScreeningRecord(
        "gemini", "v1", mcq.key, 0.75, 0.9, f"reason {number}", "holds" if last else "leaks",
        answers=4, calls=(asked[1],),
    )  # fmt: skip
    taught = Learned("length", "Keep options alike.", "gemini", f"analysis {number}")
    provenance = {"generator": "gpt-5", "round": number, "calls": {"generate": asked[:1]}}
    return Round(mcq, provenance, (found,), () if last else (taught,))


def part(client: Client, item: Item) -> str:
    answer = client.get(f"/batches/story/{item.pk}/")
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def curator(client: Client, cleo: User) -> Client:
    client.force_login(cleo)
    return client


def test_each_version_gets_its_piece(curator: Client, cleo: User, batch: Batch) -> None:
    item = made_item(batch, cleo)
    text = part(curator, item)
    first, second = item.made_revisions
    newer, older = text.split(f'<span id="verdict-{first.pk}"')
    assert f'id="story-{second.pk}" hx-swap-oob="true"' in newer
    assert f'id="story-{first.pk}" hx-swap-oob="true"' in older
    assert "reason 2" in newer
    assert "holds" in newer
    assert "leaks" not in newer
    assert "reason 1" in older
    assert "75 %" in older
    assert "of 4 answers" in older
    assert '<span class="option__letter">B</span> <span class="badge badge--ok">key</span>' in older


def test_adversaries_that_taught_the_same_are_told_in_one_place(
    curator: Client, cleo: User, batch: Batch
) -> None:
    leaks = _round(batch, 1, last=False)
    (lesson,) = leaks.learned
    twice = (lesson, replace(lesson, adversary="centroid", analysis="It stands out."))
    slot = Slot.objects.create(
        batch=batch, number=1, triplet=make_triplet(), dimension="A", plan={}
    )
    made = Made((replace(leaks, learned=twice), _round(batch, 2, last=True)))
    (item,) = fill_slots({slot.pk: made}, by=cleo)
    text = part(curator, item)
    assert text.count("Keep options alike.") == 1
    assert "gemini: analysis 1" in text
    assert "centroid: It stands out." in text


def test_lessons_lead_to_their_constraint(curator: Client, cleo: User, batch: Batch) -> None:
    text = part(curator, made_item(batch, cleo))
    assert f"/batches/constraints/{Constraint.objects.get().pk}/" in text
    assert "Keep options alike." in text
    assert "analysis 1" in text


def test_calls_are_those_of_the_version_with_their_cost(
    curator: Client, cleo: User, batch: Batch
) -> None:
    item = made_item(batch, cleo)
    pieces = curator.get(f"/batches/story/{item.pk}/").context["pieces"]
    assert [len(piece["calls"]) for piece in pieces] == [2, 2]
    assert [call.stage for call in pieces[0]["calls"]] == ["generate", "screen"]
    assert sum((piece["cost"] for piece in pieces), Decimal(0)) == Decimal(1)
    assert "2 calls of language models, $0.5" in part(curator, item)


def test_it_says_in_which_batch_the_item_was_made(
    curator: Client, cleo: User, batch: Batch
) -> None:
    text = part(curator, made_item(batch, cleo))
    assert f'<a href="/batches/{batch.pk}/">Of models</a>' in text


def test_it_costs_the_same_for_any_number_of_rounds(
    curator: Client, cleo: User, batch: Batch
) -> None:
    def cost(rounds: int, number: int) -> int:
        item = made_item(batch, cleo, rounds, number)
        with CaptureQueriesContext(connection) as captured:
            part(curator, item)
        return len(captured)

    assert cost(2, 1) == cost(5, 2) <= 18


def test_a_pathologist_is_refused(client: Client, cleo: User, batch: Batch) -> None:
    item = made_item(batch, cleo)
    client.force_login(make_user(Role.PATHOLOGIST))
    assert client.get(f"/batches/story/{item.pk}/").status_code == 403


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"batch": "{batch}"}, True),
        ({"batch": "999999"}, False),
        ({"maker": "gpt-5"}, True),
        ({"scheme": "twins"}, True),
        ({"scheme": "factorial"}, False),
        ({"leaked_to": "gemini"}, True),
        ({"leaked_to": "centroid"}, False),
    ],
)
def test_items_are_found_by_where_they_come_from(
    curator: Client, cleo: User, batch: Batch, query: dict[str, str], *, found: bool
) -> None:
    item = made_item(batch, cleo)
    other = Batch.objects.create(pk=999_999, name="Other", config={}, seed=1, created_by=cleo)
    assert other.pk
    asked = {name: value.format(batch=batch.pk) for name, value in query.items()}
    page = curator.get("/items/", asked).context["page"]
    assert [one.pk for one in page] == ([item.pk] if found else [])
