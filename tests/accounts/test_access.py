"""Every page has its door: strangers log in, others are told no, and no page was forgotten."""

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.factories import make_item, make_user
from webapp.accounts.access import require
from webapp.accounts.roles import Permission, Role
from webapp.core.errors import NotAllowed
from webapp.generation.actions.batches import launch_batch
from webapp.generation.actions.calls import check_model
from webapp.generation.actions.constraints import write_constraint
from webapp.generation.config import BatchConfig
from webapp.items.mcq import Dimension
from webapp.items.models import SavedView
from webapp.items.states import ItemState

pytestmark = pytest.mark.django_db

PUBLIC = {"core:health", "accounts:login", "accounts:logout"}
FOR_EVERYBODY = {"core:home"}
BY_PERMIT = {"generation:screening_part"}
"""Answers a reviewer only with the permit of the reveal: no 403, for who may read it varies."""
FOR_ADMINS = {"core:audit", "core:styleguide"}
ABOUT_ONE_ITEM = {"items:show", "items:revise", "items:retire", "generation:screening_part"}
POST_ONLY = {
    "items:retire", "items:check", "items:act", "items:save_view", "items:revise_view",
    "items:delete_view", "generation:cancel", "generation:resume", "generation:retry_slots",
    "generation:set_budget", "generation:preview", "generation:check",
    "generation:retire_constraint", "generation:restore_constraint",
}  # fmt: skip
NAMESPACES = ("core", "accounts", "items", "generation")

Statuses = dict[str, int]


def pages() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every page of these apps: its name, and what its address asks for."""
    for resolver in get_resolver().url_patterns:
        if isinstance(resolver, URLResolver) and resolver.namespace in NAMESPACES:
            for pattern in resolver.url_patterns:
                assert isinstance(pattern, URLPattern)
                keys = tuple(pattern.pattern.converters)
                yield f"{resolver.namespace}:{pattern.name}", keys


ALL = {name for name, _keys in pages()}
GUARDED = ALL - PUBLIC - FOR_EVERYBODY - BY_PERMIT


@pytest.fixture
def addresses() -> dict[str, str]:
    """Where each page is, with a record of each kind in its address."""
    item = make_item(state=ItemState.READY)
    batch = launch_batch(
        BatchConfig(dimensions=("A",), count=1), by=make_user(Role.CURATOR, "launcher")
    )
    curator = batch.created_by
    constraint = write_constraint(dimension=Dimension.A, kind="other", text="Plainly.", by=curator)
    records = {
        "item_id": item.pk,
        "batch_id": batch.pk,
        "revision_id": item.current.pk,
        "verb": "retire",
        "view_id": SavedView.objects.create(owner=curator, name="Mine").pk,
        "call_id": check_model("gpt-5", by=curator).pk,
        "constraint_id": constraint.pk,
    }
    return {
        name: reverse(name, kwargs={key: records[key] for key in keys}) for name, keys in pages()
    }


def ask(client: Client, addresses: dict[str, str], names: set[str]) -> Statuses:
    """What each page answers; those that write are posted to."""
    return {
        name: (client.post if name in POST_ONLY else client.get)(addresses[name]).status_code
        for name in sorted(names)
    }


def test_no_page_is_without_a_rule() -> None:
    assert len(ALL) >= 18
    assert ALL >= PUBLIC | FOR_EVERYBODY | BY_PERMIT | FOR_ADMINS | ABOUT_ONE_ITEM | POST_ONLY


def test_a_stranger_is_sent_to_the_login_page(client: Client, addresses: dict[str, str]) -> None:
    for name in sorted(ALL - PUBLIC):
        answer = (client.post if name in POST_ONLY else client.get)(addresses[name])
        assert (answer.status_code, answer["Location"]) == (302, f"/login/?next={addresses[name]}")


@pytest.mark.parametrize("role", [Role.PATHOLOGIST, None])
def test_who_must_stay_blind_is_refused(
    client: Client, addresses: dict[str, str], role: Role | None
) -> None:
    client.force_login(make_user(role))
    assert ask(client, addresses, GUARDED) == dict.fromkeys(sorted(GUARDED), 403)
    assert ask(client, addresses, BY_PERMIT) == dict.fromkeys(BY_PERMIT, 404)
    assert ask(client, addresses, FOR_EVERYBODY) == dict.fromkeys(FOR_EVERYBODY, 200)


def test_a_curator_gets_in_but_for_the_admins_pages(
    client: Client, addresses: dict[str, str]
) -> None:
    client.force_login(make_user(Role.CURATOR))
    theirs = ALL - PUBLIC - FOR_ADMINS - POST_ONLY
    assert ask(client, addresses, theirs) == dict.fromkeys(sorted(theirs), 200)
    assert ask(client, addresses, FOR_ADMINS) == dict.fromkeys(sorted(FOR_ADMINS), 403)


def test_an_admin_gets_in(client: Client, addresses: dict[str, str]) -> None:
    client.force_login(make_user(Role.ADMIN))
    theirs = ALL - PUBLIC - POST_ONLY
    assert ask(client, addresses, theirs) == dict.fromkeys(sorted(theirs), 200)


def test_no_browser_keeps_what_the_next_person_must_not_see(
    client: Client, addresses: dict[str, str]
) -> None:
    client.force_login(make_user(Role.CURATOR))
    for name in GUARDED - FOR_ADMINS - POST_ONLY | BY_PERMIT:
        assert "no-store" in client.get(addresses[name]).headers["Cache-Control"], name


def test_what_writes_takes_no_get(client: Client, addresses: dict[str, str]) -> None:
    client.force_login(make_user(Role.ADMIN))
    assert {client.get(addresses[name]).status_code for name in POST_ONLY} == {405}


def test_a_curator_who_also_reviews_stays_blind_to_open_items(
    client: Client, addresses: dict[str, str]
) -> None:
    """Roles given by hand may overlap; then the blind protocol wins."""
    person = make_user(Role.CURATOR)
    person.groups.add(Group.objects.get(name=Role.PATHOLOGIST.value))
    client.force_login(person)
    found = ask(client, addresses, ABOUT_ONE_ITEM)
    assert found == dict.fromkeys(sorted(ABOUT_ONE_ITEM), 404)


def test_require_names_the_person_and_the_permission() -> None:
    ada = make_user(Role.PATHOLOGIST, "ada")
    with pytest.raises(NotAllowed, match="ada lacks the permission “Can see keys"):
        require(ada, Permission.SEE_KEYS)
    require(ada, Permission.REVIEW_ITEMS)


def test_somebody_who_left_may_nothing() -> None:
    with pytest.raises(NotAllowed):
        require(make_user(Role.CURATOR, is_active=False), Permission.SEE_KEYS)
