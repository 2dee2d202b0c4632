"""Saved views: filters of the item list under a name."""

import pytest
from django.test import Client

from tests.factories import make_item, make_user
from webapp.accounts.models import User
from webapp.accounts.roles import Role
from webapp.core.errors import BadInput, NotAllowed
from webapp.core.models import Event
from webapp.items import saved_views
from webapp.items.models import SavedView
from webapp.items.saved_views import delete_view, revise_view, save_view
from webapp.items.states import ItemState

pytestmark = pytest.mark.django_db


@pytest.fixture
def cleo() -> User:
    return make_user(Role.CURATOR, "cleo")


@pytest.fixture
def dora() -> User:
    return make_user(Role.CURATOR, "dora")


def save(
    by: User, name: str = "Leaky in C", query: str = "dimension=C", **fields: bool
) -> SavedView:
    return save_view(name=name, query=query, shared=fields.get("shared", False), by=by)


def test_the_same_name_again_replaces_the_own_view(cleo: User, dora: User) -> None:
    save(cleo)
    save(cleo, "  Leaky  in C ", "dimension=D")
    save(dora)
    assert [view.query for view in SavedView.objects.filter(owner=cleo)] == ["dimension=D"]
    assert SavedView.objects.count() == 2
    assert Event.objects.filter(verb="save_view", actor_name="cleo").count() == 2


@pytest.mark.parametrize("name", ["", "  ", "x" * 81, "a\0b"])
def test_a_name_is_needed(cleo: User, name: str) -> None:
    with pytest.raises(BadInput, match="The view's name"):
        save(cleo, name)


def test_there_is_a_limit(cleo: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved_views, "MAX_VIEWS", 1)
    save(cleo, "One")
    save(cleo, "One", "dimension=A")
    with pytest.raises(BadInput, match="delete one"):
        save(cleo, "Two")
    with pytest.raises(BadInput, match="too long"):
        save(cleo, "One", "q=" + "x" * 1000)


def test_renaming_keeps_names_apart(cleo: User) -> None:
    one, two = save(cleo, "One"), save(cleo, "Two")
    revise_view(one, name="First", shared=True, by=cleo)
    with pytest.raises(BadInput, match="already"):
        revise_view(two, name="First", shared=False, by=cleo)
    one.refresh_from_db()
    assert (one.name, one.shared) == ("First", True)


def test_somebody_elses_view_is_not_theirs_to_change(cleo: User, dora: User) -> None:
    view = save(cleo, shared=True)
    with pytest.raises(SavedView.DoesNotExist):
        revise_view(view, name="Mine", shared=False, by=dora)
    with pytest.raises(SavedView.DoesNotExist):
        delete_view(view, by=dora)


def test_a_pathologist_has_none() -> None:
    with pytest.raises(NotAllowed):
        save(make_user(Role.PATHOLOGIST))


# --- Pages ---------------------------------------------------------------------------------------


@pytest.fixture
def page(client: Client, cleo: User) -> Client:
    client.force_login(cleo)
    return client


def test_the_current_filters_are_saved_as_the_list_understands_them(page: Client) -> None:
    query = "page=3&dimension=C&alike=nonsense&state=leaky&utm=x&q="
    answer = page.post("/items/views/save/", {"name": "Leaky in C", "query": query})
    assert answer["Location"] == "/items/?state=leaky&dimension=C"
    make_item(state=ItemState.LEAKY, dimension="C", stem="In the view?")
    make_item(state=ItemState.READY, dimension="C", stem="Outside of it?")
    text = page.get(answer["Location"]).content.decode()
    assert 'aria-current="page"><span class="truncate">Leaky in C' in text
    assert "In the view?" in text
    assert "Outside of it?" not in text


def test_shared_views_are_everybodys_to_use_and_the_owners_to_change(
    page: Client, dora: User
) -> None:
    shared, private = save(dora, "Of all", shared=True), save(dora, "Of Dora")
    text = page.get("/items/views/").content.decode()
    assert "Of all" in text
    assert "Dimension: Localization" in text
    assert "Of Dora" not in text
    for view in (shared, private):
        for verb in ("revise", "delete"):
            assert page.post(f"/items/views/{view.pk}/{verb}/", {"name": "x"}).status_code == 404
    assert SavedView.objects.count() == 2


def test_a_view_is_renamed_shared_and_deleted(page: Client, cleo: User) -> None:
    view = save(cleo)
    sent = {"name": "For all", "shared": "on"}
    assert page.post(f"/items/views/{view.pk}/revise/", sent).status_code == 302
    view.refresh_from_db()
    assert (view.name, view.shared) == ("For all", True)
    assert page.post(f"/items/views/{view.pk}/revise/", {"name": " "}).status_code == 422
    assert page.post(f"/items/views/{view.pk}/delete/").status_code == 302
    assert not SavedView.objects.exists()
