import pytest
from django.test import Client

from tests.api.conftest import Send
from tests.factories import make_slide, make_triplet, make_user
from tests.generation.made_facts import made_facts
from webapp.accounts.roles import Role
from webapp.generation.models import Batch
from webapp.slides.geometry import Scale

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _captions() -> None:
    slide = make_slide()
    for facts in made_facts(8, seed=5):
        captions = {Scale(scale): text for scale, text in facts.captions.items()}
        make_triplet(slide, captions=captions, summary=facts.summary)


def test_a_plan_is_told_with_keys_and_stored_nowhere(send: Send) -> None:
    status, body = send("batches/preview", {"config": {"count": 10}, "show": 2, "seed": 5})
    assert status == 200
    assert (body["seed"], body["planned"], len(body["items"])) == (5, 10, 2)
    keys = [option["is_key"] for option in body["items"][0]["options"]]
    assert sorted(keys) == [False, False, False, True]
    assert not Batch.objects.exists()


def test_without_a_seed_one_is_drawn_and_told(send: Send) -> None:
    first, second = (send("batches/preview", {"config": {"count": 3}})[1] for _ in range(2))
    assert first["seed"] != second["seed"]


def test_what_it_may_cost_is_told(send: Send) -> None:
    body = send("batches/preview", {"config": {"count": 3, "generator": "gpt-5"}})[1]
    (cost,) = body["costs"]
    assert (cost["stage"], cost["calls"] >= 3) == ("generate", True)
    assert float(body["expected_usd"]) == float(cost["usd"]) > 0


def test_who_reviews_as_well_is_told_no_key(client: Client) -> None:
    client.force_login(make_user(is_superuser=True))
    body = {"config": {"count": 3}, "seed": 5}
    told = client.post("/api/batches/preview", body, content_type="application/json").json()
    assert {option["is_key"] for one in told["items"] for option in one["options"]} == {None}


def test_who_launches_nothing_previews_nothing(send: Send) -> None:
    body = {"config": {"count": 3}}
    assert send("batches/preview", body, role=Role.PATHOLOGIST)[0] == 403


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"config": {"count": 0}}, "1 to 20,000 items"),
        ({"config": {"count": 3}, "show": 201}, "show: Input should be"),
        ({"config": {"count": 3}, "seed": -1}, "seed: Input should be"),
        ({"config": {"count": 3, "dimensions": []}}, "at least one dimension"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(send: Send, body: object, told: str) -> None:
    status, answer = send("batches/preview", body)
    assert (status, told in answer["message"]) == (422, True)
