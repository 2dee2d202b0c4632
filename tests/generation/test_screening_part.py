"""What the adversaries made of a question: never before the blind answer."""

import pytest
from django.test import Client

from tests.factories import make_item, make_user
from webapp.accounts.queries import system_user
from webapp.accounts.roles import Role
from webapp.core.models import Move
from webapp.core.queue import Job, app
from webapp.generation.actions.screening import record_screening
from webapp.generation.made import ScreeningRecord
from webapp.generation.models import Screening
from webapp.items.lint import Finding
from webapp.items.models import Item
from webapp.items.permits import reveal_permit
from webapp.items.states import ItemState
from workers.tasks import generation
from workers.tasks.generation import screen_item

pytestmark = pytest.mark.django_db


def screened(*, leaks: bool = False, **options: object) -> Item:
    item = make_item(state=ItemState.SCREENING, **options)  # type: ignore[arg-type]
    attempt = ScreeningRecord(
        "longest", "1", item.current.key, 1.0, 0.7, "<b>why</b>", "leaks" if leaks else "holds"
    )
    record_screening(item, item.current, [attempt], broken=[], by=system_user())
    return Item.objects.get(pk=item.pk)


def address(item: Item) -> str:
    return f"/batches/screening/{item.current.pk}/"


def test_a_curator_sees_it_escaped(client: Client) -> None:
    item = screened(leaks=True)
    client.force_login(make_user(Role.CURATOR))
    text = client.get(address(item)).content.decode()
    assert text.strip().startswith("<section")
    assert "&lt;b&gt;why&lt;/b&gt;" in text
    assert "leaks" in text


def test_a_reviewer_sees_it_with_the_permit_of_the_reveal_alone(client: Client) -> None:
    item, ada = screened(), make_user(Role.PATHOLOGIST)
    client.force_login(ada)
    revision = item.current.pk
    assert client.get(address(item)).status_code == 404
    for wrong in (
        "",
        "x",
        reveal_permit(ada.pk + 1, revision),
        reveal_permit(ada.pk, revision + 1),
    ):
        assert client.get(address(item), {"permit": wrong}).status_code == 404
    answer = client.get(address(item), {"permit": reveal_permit(ada.pk, revision)})
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]


def test_a_revision_that_is_not_there_is_a_404(client: Client) -> None:
    client.force_login(make_user(Role.CURATOR))
    assert client.get("/batches/screening/999999/").status_code == 404


def test_a_text_not_screened_yet_says_so(client: Client) -> None:
    client.force_login(make_user(Role.CURATOR))
    assert "not been screened" in client.get(address(make_item())).content.decode()


@pytest.mark.parametrize(("leaks", "state"), [(True, "leaky"), (False, "ready")])
def test_a_generated_question_that_leaks_is_held_back(leaks: bool, state: str) -> None:
    assert screened(leaks=leaks).state == state


def test_an_imported_question_is_for_people_to_judge() -> None:
    item = make_item(state=ItemState.SCREENING)
    Item.objects.filter(pk=item.pk).update(origin=Item.Origin.PUBLISHED)
    item.refresh_from_db()
    attempt = ScreeningRecord("longest", "1", item.current.key, 1.0, 0.7, "", "leaks")
    record_screening(item, item.current, [attempt], broken=[], by=system_user())
    assert Item.objects.get().state == ItemState.READY


def test_a_broken_question_returns_to_its_author() -> None:
    item = make_item(state=ItemState.SCREENING)
    finding = Finding("duplicate_options", "error", "Two options are equal.", "item")
    record_screening(item, item.current, [], broken=[finding], by=system_user())
    assert Item.objects.get().state == ItemState.NEEDS_REVISION


def test_an_item_is_screened_once_however_often_it_is_asked_for() -> None:
    item = make_item(state=ItemState.SCREENING)
    for _ in range(3):
        screen_item(item.pk)
    attempts = Screening.objects.filter(revision__item=item)
    assert attempts.count() == len(set(attempts.values_list("adversary", flat=True))) >= 4
    assert Item.objects.get().state in (ItemState.READY, ItemState.LEAKY)
    screen_item(999_999)


def test_a_screening_of_an_older_text_is_dropped() -> None:
    item = make_item(state=ItemState.SCREENING)
    old = item.current
    type(old).objects.create(
        item=item, number=2, stem="Newer?", options=old.options, key=old.key, author=system_user()
    )
    record_screening(item, old, [], broken=[], by=system_user())
    assert Item.objects.get().state == ItemState.SCREENING


def test_an_item_whose_screening_breaks_down_goes_to_a_curator_with_the_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def breaks(*_: object) -> None:
        raise ZeroDivisionError("by nothing")

    monkeypatch.setattr(generation, "screen_again", breaks)
    item = make_item(state=ItemState.SCREENING)
    app.tasks[Job.SCREEN_ITEM.value].apply((item.pk,), throw=False)  # as a worker would
    assert Item.objects.get().state == ItemState.NEEDS_REVISION
    assert "by nothing" in Move.objects.get(to_state=ItemState.NEEDS_REVISION).reason
