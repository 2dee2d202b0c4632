"""Freezing: what goes in, what stays out, and what nobody can change afterwards."""

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction

from tests.factories import make_item, make_mcq, make_slide, make_triplet
from tests.releases.approved import STALE, make_approved_items, make_release
from webapp.accounts.models import User
from webapp.accounts.queries import system_user
from webapp.core.errors import BadInput, Conflict, NotAllowed
from webapp.core.models import Event
from webapp.items.actions import revise_item
from webapp.items.lettering import letter_of
from webapp.items.models import Item
from webapp.items.states import ItemState
from webapp.releases.actions import build_release, freeze_release, retry_release
from webapp.releases.models import Release, ReleaseItem
from webapp.releases.states import ReleaseState

pytestmark = pytest.mark.django_db


def frozen(release: Release) -> list[ReleaseItem]:
    return list(release.members.select_related("revision", "item__triplet__slide"))


def test_every_approved_item_and_no_other_is_frozen(admin: User) -> None:
    approved = make_approved_items(3, 2)
    make_item(state=ItemState.READY)
    make_item(state=ItemState.REJECTED)
    release = freeze_release("First", seed=1, by=admin)
    assert {member.item_id for member in frozen(release)} == {item.pk for item in approved}
    assert [member.number for member in frozen(release)] == [1, 2, 3, 4, 5, 6]
    assert (release.number, release.state) == (1, ReleaseState.QUEUED)


def test_no_patient_is_in_two_splits(admin: User) -> None:
    make_approved_items(6, 3)
    release = freeze_release("First", seed=1, by=admin)
    splits: dict[str, set[str]] = {}
    for member in frozen(release):
        splits.setdefault(member.facts["patient"], set()).add(member.split)
    assert len(splits) == 6
    assert all(len(found) == 1 for found in splits.values())
    assert {split for found in splits.values() for split in found} == {"train", "val", "test"}


def test_twins_share_a_split(admin: User) -> None:
    items = make_approved_items(6, 1)
    Item.objects.filter(pk__in=[items[0].pk, items[5].pk]).update(twin_group="pair")
    members = {one.item_id: one.split for one in frozen(freeze_release("First", seed=1, by=admin))}
    assert members[items[0].pk] == members[items[5].pk]


def test_key_letters_are_even_within_each_split(admin: User) -> None:
    make_approved_items(6, 3)
    members = frozen(freeze_release("First", seed=3, by=admin))
    for split in ("train", "val", "test"):
        keys = [letter_of(m.lettering, m.revision.key) for m in members if m.split == split]
        counts = [keys.count(letter) for letter in "ABCD"]
        assert max(counts) - min(counts) <= 1


def test_the_seed_decides_split_and_letters(admin: User) -> None:
    make_approved_items(8, 2)
    one, same, other = (freeze_release("R", seed=seed, by=admin) for seed in (1, 1, 2))

    def drawn(release: Release) -> list[tuple[int, str, list[str]]]:
        return [(member.item_id, member.split, member.lettering) for member in frozen(release)]

    assert drawn(one) == drawn(same)
    assert drawn(one) != drawn(other)


def test_an_item_with_a_lint_error_is_left_out_and_named(admin: User) -> None:
    make_approved_items(2, 1)
    stale = make_item(mcq=make_mcq(rationale=STALE), state=ItemState.APPROVED)
    same = make_item(mcq=make_mcq(texts=("a", "b", "c", "c")), state=ItemState.APPROVED)
    release = freeze_release("First", seed=1, by=admin)
    assert release.policy["items"] == 2
    assert release.policy["excluded"] == [
        {"item": stale.pk, "revision": 1, "rules": ["stale_letter"]},
        {"item": same.pk, "revision": 1, "rules": ["duplicate_options"]},
    ]


def test_nothing_approved_is_refused(admin: User) -> None:
    make_item(state=ItemState.READY)
    with pytest.raises(BadInput, match="No item is approved yet"):
        freeze_release("First", seed=1, by=admin)
    assert not Release.objects.exists()


def test_nothing_but_faulty_items_is_refused_with_numbers(admin: User) -> None:
    make_item(mcq=make_mcq(rationale=STALE), state=ItemState.APPROVED)
    with pytest.raises(BadInput, match=r"None of the 1 approved items .*stale_letter 1"):
        freeze_release("First", seed=1, by=admin)


@pytest.mark.parametrize(
    ("name", "seed", "ratios", "notes", "said"),
    [
        ("  ", 1, (0.7, 0.1, 0.2), "", "name of the release is empty"),
        ("x" * 201, 1, (0.7, 0.1, 0.2), "", "201 characters"),
        ("a\x00b", 1, (0.7, 0.1, 0.2), "", "control character"),
        ("First", -1, (0.7, 0.1, 0.2), "", "seed -1"),
        ("First", 2**31, (0.7, 0.1, 0.2), "", "seed"),
        ("First", 1, (0.7, 0.1, 0.1), "", "add up to 0.9"),
        ("First", 1, (1.5, -0.5, 0.0), "", "no shares"),
        ("First", 1, (0.7, 0.1, 0.2), "n" * 20_001, "20,001 characters"),
    ],
)
def test_unusable_fields_are_refused_by_name(
    admin: User, name: str, seed: int, ratios: tuple[float, ...], notes: str, said: str
) -> None:
    make_approved_items(2, 1)
    with pytest.raises(BadInput, match=said), transaction.atomic():
        freeze_release(name, seed=seed, ratios=ratios, notes=notes, by=admin)
    assert not Release.objects.exists()


def test_only_admins_freeze(curator: User, pathologist: User) -> None:
    make_approved_items(2, 1)
    for person in (curator, pathologist):
        with pytest.raises(NotAllowed):
            freeze_release("First", seed=1, by=person)


def test_who_froze_meanwhile_is_a_conflict(admin: User) -> None:
    make_approved_items(2, 1)
    freeze_release("First", seed=1, by=admin, expected_number=1)
    with pytest.raises(Conflict, match="Release 1 was frozen while"):
        freeze_release("Second", seed=1, by=admin, expected_number=1)
    assert freeze_release("Second", seed=1, by=admin, expected_number=2).number == 2


def test_freezing_is_logged(admin: User) -> None:
    make_approved_items(2, 1)
    release = freeze_release("First", seed=1, by=admin)
    event = Event.objects.get(verb="freeze_release", object_id=str(release.pk))
    assert event.actor_name == admin.username
    assert event.after is not None
    assert event.after["items"] == 2


def test_a_later_revision_leaves_the_release_as_it_is(admin: User) -> None:
    (item,) = make_approved_items(1, 1)
    release = freeze_release("First", seed=1, by=admin)
    revise_item(item, make_mcq(stem="Another question?", seed=99), parent_number=1, by=admin)
    (member,) = frozen(release)
    assert member.revision.number == 1
    assert item.current.number == 2


@pytest.mark.parametrize(
    "change",
    [
        lambda release: release.members.update(split="test"),
        lambda release: release.members.all()._raw_delete("default"),
        lambda release: Release.objects.filter(pk=release.pk).update(policy={"items": 99}),
        lambda release: Release.objects.filter(pk=release.pk).update(name="Other"),
        lambda release: Release.objects.filter(pk=release.pk)._raw_delete("default"),
    ],
    ids=["change an item", "remove an item", "change the policy", "rename", "remove"],
)
def test_the_database_refuses_to_change_what_is_frozen(admin: User, change: object) -> None:
    make_approved_items(2, 1)
    release = freeze_release("First", seed=1, by=admin)
    assert callable(change)
    with pytest.raises(DatabaseError, match="refused"), transaction.atomic():
        change(release)


def test_the_database_refuses_to_add_an_item(admin: User) -> None:
    make_approved_items(1, 1)
    release = freeze_release("First", seed=1, by=admin)
    late = make_item(make_triplet(make_slide()), state=ItemState.APPROVED)
    with pytest.raises(DatabaseError, match="refused"), transaction.atomic():
        ReleaseItem.objects.create(
            release=release, item=late, revision=late.current, number=2, split="test", lettering=[]
        )


@pytest.mark.usefixtures("folders")
def test_the_database_refuses_to_change_a_ready_release(admin: User) -> None:
    make_approved_items(2, 1)
    release = make_release(admin)
    assert release.state == ReleaseState.READY
    with pytest.raises(DatabaseError, match="ready for good"), transaction.atomic():
        Release.objects.filter(pk=release.pk).update(manifest_sha256="0" * 64)


@pytest.mark.usefixtures("folders")
def test_only_a_failed_release_is_retried(admin: User) -> None:
    make_approved_items(2, 1)
    release = make_release(admin)
    with pytest.raises(Conflict, match="is ready and cannot become queued"):
        retry_release(release, by=admin)


@pytest.mark.usefixtures("folders")
def test_building_a_ready_release_again_does_nothing(admin: User) -> None:
    make_approved_items(2, 1)
    release = make_release(admin)
    build_release(release.pk)
    assert Event.objects.filter(verb="build_release").count() == 1


def test_the_command_freezes_builds_and_verifies(
    folders: object, capsys: pytest.CaptureFixture[str]
) -> None:
    make_approved_items(3, 1)
    call_command("freeze_release", "By hand", "--seed", "5")
    call_command("verify_release", "1")
    said = capsys.readouterr().out
    assert "3 items, 0 left out" in said
    assert "whole" in said
    assert Release.objects.get().created_by == system_user()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["x", "--ratios", "a,b"], "must be like"),
        (["x", "--ratios", "0.5,0.5"], "three numbers"),
        (["x", "--as", "nobody"], "Nobody is called"),
        (["x"], "No item is approved"),
    ],
)
def test_the_command_says_what_is_wrong(db: None, arguments: list[str], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        call_command("freeze_release", *arguments)
