"""Before the blind answer is stored, no page and no endpoint tells the key or what explains it."""

import re
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from tests.factories import make_item, make_mcq, make_user
from tests.review.blind_world import CANARIES, Address, World, addresses, arguments, make_world
from webapp.accounts.models import User
from webapp.accounts.roles import Role
from webapp.items.lettering import letter
from webapp.items.mcq import Mcq, new_option_ids
from webapp.items.states import ItemState
from webapp.review.actions import lease_next
from webapp.review.models import Assignment

pytestmark = pytest.mark.django_db

NOT_VISITED = {
    "admin:app_list": "a regular expression: Django's admin, for staff only",
    "admin:admin/(?P<url>.*)$": "a regular expression: answers every other address with not found",
}
QUERIES = {
    "review:next": ["", "?after={turn}", "?after=0", "?after=x"],
    "core:audit": ["?about=items.item", "?verb=create_item"],
    "items:list": ["?q=zq", "?state=ready"],
    "slides:list": ["?q=zq", "?sort=name"],
    "generation:screening_part": ["?permit=zq"],
    "generation:show": ["?state=ready"],
    "generation:calls": ["?stage=generate", "?outcome=ok"],
}
HEADERS: tuple[dict[str, str], ...] = (
    {},
    {"hx-request": "true"},
    {"accept": "application/json"},
)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return make_world(tmp_path)


def told(response: Any) -> str:
    """Everything that a response carries to its reader."""
    body = b"".join(response.streaming_content) if response.streaming else response.content
    text = body.decode(errors="replace")
    return " ".join([text, str(response.headers), response.cookies.output()])


def responses(client: Client, url: str) -> Iterator[Any]:
    """Every way to ask, each undone afterwards, the log-out too."""
    cookies = deepcopy(client.cookies)
    for method in ("get", "post"):
        for headers in HEADERS:
            point = transaction.savepoint()
            client.cookies = deepcopy(cookies)
            yield getattr(client, method)(url, headers=headers)
            transaction.savepoint_rollback(point)
    client.cookies = cookies


def urls_of(address: Address, world: World) -> Iterator[str]:
    for url in address.urls(arguments(world)):
        yield url
        for query in QUERIES.get(address.name, []):
            yield url + query.format(turn=world.turn.pk)


def test_every_address_is_visited_or_excused() -> None:
    known = set(arguments_of_nothing())
    unknown = {
        address.name: address.arguments
        for address in addresses()
        if address.name not in NOT_VISITED
        and (address.is_regex or not known.issuperset(address.arguments))
    }
    assert not unknown, "give blind_world.arguments values for these, or excuse the address"


def arguments_of_nothing() -> set[str]:
    """The argument names that the world fills in, without making it."""
    source = Path(__file__).with_name("blind_world.py").read_text()
    body = source.split("def arguments(", 1)[1].split("@dataclass", 1)[0]
    return set(re.findall(r'^ {8}"(\w+)":', body, re.MULTILINE))


def test_no_excuse_is_stale() -> None:
    assert set(NOT_VISITED) <= {address.name for address in addresses()}


def leaks(client: Client, by: User | None, world: World) -> list[str]:
    """Every address that tells something; they are asked as this person, or as a stranger."""
    found = []
    if by is not None:
        client.force_login(by)
        assert client.get(reverse("core:home")).status_code == 200
    for address in addresses():
        if address.name in NOT_VISITED:
            continue
        for url in urls_of(address, world):
            for response in responses(client, url):
                text = told(response)
                found += [
                    f"{address.name} {url} tells the {what}"
                    for what, canary in CANARIES.items()
                    if canary in text
                ]
                assert response.status_code < 500, url
    if by is not None:
        assert client.get(reverse("core:home")).status_code == 200, "still logged in"
    return found


def test_a_reviewer_is_told_nothing(client: Client, world: World) -> None:
    assert leaks(client, world.ada, world) == []


def test_a_stranger_is_told_nothing(client: Client, world: World) -> None:
    assert leaks(client, None, world) == []


def test_a_person_without_a_role_is_told_nothing(client: Client, world: World) -> None:
    assert leaks(client, make_user(), world) == []


def test_a_curator_who_reviews_is_told_nothing(client: Client, tmp_path: Path) -> None:
    """Whoever may both see keys and review stays blind to what is not decided."""
    world = make_world(tmp_path, decided=False)
    both = make_user(Role.PATHOLOGIST)
    both.groups.add(*world.curator.groups.all())
    told_to_both = leaks(client, User.objects.get(pk=both.pk), world)
    # An import's outcome and a release's are about no undecided question, nor is a constraint; a
    # batch names its triplets.
    curators_own = (
        "tells the import", "tells the audit of a release", "tells the path id",
        "tells the constraint", "tells the saved view",
    )  # fmt: skip
    assert [leak for leak in told_to_both if not leak.endswith(curators_own)] == []


def test_the_words_would_be_found(client: Client, world: World) -> None:
    """The walk is worth something: a curator's pages do hold the words it looks for."""
    client.force_login(world.curator)
    page = told(client.get(reverse("items:show", args=(world.items[2].pk,))))
    assert CANARIES["rationale"] in page
    part = told(client.get(reverse("generation:screening_part", args=(world.items[2].current.pk,))))
    assert CANARIES["screening"] in part
    call = told(client.get(reverse("generation:call", args=(world.call.pk,))))
    assert CANARIES["call's prompt"] in call
    assert CANARIES["call's reply"] in call


def test_the_reveal_comes_with_the_answer(client: Client, world: World) -> None:
    client.force_login(world.ada)
    sent = {"option": world.turn.option_order[0]}
    page = told(client.post(reverse("review:answer", args=(world.turn.pk,)), sent, follow=True))
    assert CANARIES["rationale"] in page
    assert CANARIES["verdict of another"] not in page


def test_the_reveals_permit_opens_its_own_screening_only(client: Client, world: World) -> None:
    client.force_login(world.ada)
    sent = {"option": world.turn.option_order[0]}
    page = client.post(reverse("review:answer", args=(world.turn.pk,)), sent, follow=True)
    query = f"?permit={page.context['permit']}"
    own = reverse("generation:screening_part", args=(world.turn.revision_id,))
    assert CANARIES["screening"] in told(client.get(own + query))
    other = reverse("generation:screening_part", args=(world.items[2].current.pk,))
    assert client.get(other + query).status_code == 404


def blind_page(client: Client, assignment: Assignment) -> str:
    """The page with what differs from one request or record to the next taken out."""
    page = client.get(reverse("review:show", args=(assignment.pk,))).content.decode()
    page = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "TOKEN", page)
    page = re.sub(r'"X-CSRFToken": "\w+"', "TOKEN", page)
    page = re.sub(rf"/review/{assignment.pk}/", "/review/ID/", page)
    page = page.replace(f'data-assignment="{assignment.pk}"', 'data-assignment="ID"')
    return re.sub(rf"\b[Ii]tem {assignment.item_id}\b", "item ID", page)


def test_the_page_is_the_same_whatever_the_key(client: Client) -> None:
    """Two questions that differ in their key alone: byte for byte the same blind page."""
    first = make_mcq(seed=1, key=0)
    second = Mcq(**{**vars(first), "key": first.options[2].id, "rationale": "Another."})
    item = make_item(mcq=first, state=ItemState.READY)
    make_item(item.triplet, mcq=second, state=ItemState.READY)
    people = [make_user(Role.PATHOLOGIST, display_name="Somebody") for _ in range(2)]
    turns = [lease_next(by=person) for person in people]
    Assignment.objects.update(option_order=list(first.option_ids))
    pages = []
    for person, turn in zip(people, turns, strict=True):
        assert turn is not None
        client.force_login(person)
        pages.append(blind_page(client, turn))
    assert pages[0] == pages[1]
    assert "fieldset" in pages[0]


def test_the_order_knows_nothing_of_the_key() -> None:
    """The key, written first, is shown in each place about equally often."""
    rng = Random(5)
    places = [0, 0, 0, 0]
    for revision in range(800):
        ids = new_option_ids(rng)
        places[letter(ids, f"review:{revision}:1").index(ids[0])] += 1
    assert min(places) > 150
