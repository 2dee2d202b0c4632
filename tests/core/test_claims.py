"""Holding a row: one worker at a time, for a limited time, dropped at the end."""

from uuid import uuid4

import pytest
from django.conf import LazySettings

from tests.factories import make_user
from webapp.core.claims import Claim, ClaimLost, claimed
from webapp.generation.models import Batch

pytestmark = pytest.mark.django_db


@pytest.fixture
def batch() -> Batch:
    return Batch.objects.create(config={}, seed=1, created_by=make_user())


def held(batch: Batch) -> bool:
    return not Batch.objects.filter(Batch.unclaimed(), pk=batch.pk).exists()


def test_a_free_row_is_held_and_then_free_again(batch: Batch) -> None:
    with claimed(Batch, batch.pk) as claim:
        assert claim is not None
        assert held(batch)
    assert not held(batch)


def test_a_held_row_is_not_given_twice(batch: Batch) -> None:
    with claimed(Batch, batch.pk), claimed(Batch, batch.pk) as second:
        assert second is None
    assert not held(batch)


def test_the_loser_does_not_free_the_winners_row(batch: Batch) -> None:
    with claimed(Batch, batch.pk):
        with claimed(Batch, batch.pk):
            pass
        assert held(batch)


def test_a_row_in_another_state_or_gone_is_not_given(batch: Batch) -> None:
    with claimed(Batch, batch.pk, state__in=["done"]) as claim:
        assert claim is None
    with claimed(Batch, 999_999) as claim:
        assert claim is None


def test_it_is_dropped_whatever_happens(batch: Batch) -> None:
    def fail() -> None:
        with claimed(Batch, batch.pk):
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert not held(batch)


def test_the_claim_of_a_dead_worker_runs_out(batch: Batch, settings: LazySettings) -> None:
    settings.CLAIM_S = -1
    assert Batch.claim(batch.pk) is not None
    settings.CLAIM_S = 30
    with claimed(Batch, batch.pk) as claim:
        assert claim is not None


def test_keeping_it_writes_only_when_a_third_of_the_time_has_gone(
    batch: Batch, settings: LazySettings
) -> None:
    token = Batch.claim(batch.pk)
    assert token is not None
    claim = Claim(Batch, batch.pk, token)
    before = Batch.objects.get(pk=batch.pk).claimed_until
    claim.keep()
    assert Batch.objects.get(pk=batch.pk).claimed_until == before
    claim.renewed_at -= settings.CLAIM_S
    claim.keep()
    after = Batch.objects.get(pk=batch.pk).claimed_until
    assert before is not None
    assert after is not None
    assert after > before


def test_whoever_lost_it_is_told_and_cannot_free_it(batch: Batch, settings: LazySettings) -> None:
    lost = Claim(Batch, batch.pk, uuid4(), renewed_at=-1_000_000.0)
    with claimed(Batch, batch.pk):
        with pytest.raises(ClaimLost):
            lost.keep()
        Batch.drop_claim(batch.pk, lost.token)
        assert held(batch)
