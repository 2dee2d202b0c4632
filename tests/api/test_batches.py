import pytest

from tests.api.conftest import Ask
from tests.factories import make_item, make_user
from webapp.accounts.roles import Role
from webapp.generation.models import Batch, Slot
from webapp.generation.states import SlotState

pytestmark = pytest.mark.django_db


def test_a_batch_tells_how_far_it_is(ask: Ask) -> None:
    batch = Batch.objects.create(
        name="Night", config={}, seed=1, created_by=make_user(Role.CURATOR)
    )
    item = make_item()
    fields = {"batch": batch, "triplet": item.triplet, "dimension": "A", "plan": {}}
    Slot.objects.create(number=1, state=SlotState.READY, item=item, **fields)
    Slot.objects.create(number=2, **fields)
    Slot.objects.create(number=3, state=SlotState.FAILED, **fields)
    status, body = ask(f"batches/{batch.pk}")
    assert status == 200
    assert body["name"] == "Night"
    assert (body["total"], body["done"], body["ready"], body["failed"]) == (3, 2, 1, 1)
