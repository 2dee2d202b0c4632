"""A small world full of words that tell keys, and every address of the project with its arguments
filled in from that world."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from django.contrib.contenttypes.models import ContentType
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RegexPattern, RoutePattern

from tests.factories import make_item, make_mcq, make_slide, make_triplet, make_user, write_slide
from tests.generation.made_calls import make_call
from webapp.accounts.models import User
from webapp.accounts.roles import Role
from webapp.generation.actions.constraints import Taught, learn_constraints
from webapp.generation.made import Learned
from webapp.generation.models import Batch, Call, Constraint, FeatureSet, Screening, Slot
from webapp.items.models import Item, SavedView
from webapp.items.states import ItemState
from webapp.releases.models import Release
from webapp.review.actions import answer_blind, give_verdict, lease_next
from webapp.review.models import Assignment
from webapp.slides.geometry import Scale
from webapp.slides.models import Import, ImportEntry, Roi

CANARIES = {
    "rationale": "zqrationale",
    "caption": "zqcaption",
    "summary": "zqsummary",
    "description": "zqdescription",
    "path id": "zqpathid",
    "screening": "zqscreening",
    "feature": "zqfeature",
    "plan": "zqplan",
    "verdict of another": "zqverdict",
    "import": "zqimport",
    "audit of a release": "zqaudit",
    "call's prompt": "zqprompt",
    "call's reply": "zqreply",
    "constraint": "zqconstraint",
    "lesson": "zqlesson",
    "saved view": "zqview",
}
"""What each secret text says. Option texts and stems are no secrets."""


@dataclass(frozen=True)
class World:
    """`turn` is Ada's, not answered yet; `others` is Ben's, answered and as a rule decided."""

    ada: User
    curator: User
    turn: Assignment
    others: Assignment
    items: tuple[Item, ...]
    batch: Batch
    release: Release
    run: Import
    call: Call
    constraint: Constraint


def make_world(folder: Path, *, decided: bool = True) -> World:
    ada, ben = make_user(Role.PATHOLOGIST, "ada"), make_user(Role.PATHOLOGIST, "ben")
    slide = make_slide(file=write_slide(folder / "slide.tif"))
    triplet = make_triplet(
        slide,
        posters=True,
        captions={scale: f"{CANARIES['caption']} at {scale.label}." for scale in Scale},
        path_id=CANARIES["path id"],
        summary=CANARIES["summary"],
        description=CANARIES["description"],
    )
    mcq = make_mcq(rationale=f"{CANARIES['rationale']}: {{key}} fits.")
    items = tuple(make_item(triplet, mcq=mcq, state=ItemState.READY) for _ in range(3))
    others = _leased(ben)
    answer_blind(others, mcq.key, duration_s=1.0, by=ben)
    if decided:
        comment = CANARIES["verdict of another"]
        give_verdict(others, "approve", comment=comment, duration_s=1.0, by=ben)
    for item in items:
        _add_screening(item)
    turn = _leased(ada)
    batch = _make_batch(items[1])
    call = make_call(
        batch, request={"user": CANARIES["call's prompt"]}, reply=CANARIES["call's reply"]
    )
    return World(
        ada=ada,
        curator=make_user(Role.CURATOR, "cleo"),
        turn=turn,
        others=others,
        items=items,
        batch=batch,
        release=_make_release(),
        run=_make_import(),
        call=call,
        constraint=_make_constraint(items[1], call),
    )


def _make_view(by: User) -> SavedView:
    """Somebody else's, shared with all."""
    name = CANARIES["saved view"]
    return SavedView.objects.get_or_create(owner=by, name=name, defaults={"shared": True})[0]


def _leased(by: User) -> Assignment:
    assignment = lease_next(by=by)
    assert assignment is not None
    return assignment


def _add_screening(item: Item) -> None:
    Screening.objects.create(
        revision=item.current,
        adversary="centroid",
        version="1",
        option=item.current.key,
        correct=1.0,
        confidence=0.5,
        reasoning=CANARIES["screening"],
        verdict="leaks",
    )


def _make_batch(item: Item) -> Batch:
    batch = Batch.objects.create(
        name="Batch", config={"count": 1, "dimensions": ["A"]}, seed=1, created_by=item.created_by
    )
    Slot.objects.create(
        batch=batch,
        number=1,
        triplet=item.triplet,
        dimension="A",
        plan={"key": CANARIES["plan"]},
        item=item,
        state="made",
    )
    FeatureSet.objects.create(
        roi=item.triplet.rois_by_scale()[Scale.LOW],
        extractor="rules",
        caption_sha256="0" * 64,
        features=[CANARIES["feature"]],
    )
    return batch


def _make_constraint(item: Item, call: Call) -> Constraint:
    lesson = Learned("length", CANARIES["constraint"], "centroid", CANARIES["lesson"], call.pk)
    learn_constraints([Taught(item.current, lesson)], by=item.created_by)
    return Constraint.objects.get()


def _make_release() -> Release:
    return Release.objects.create(
        number=1,
        name="First",
        policy={"ratios": [0.7, 0.1, 0.2], "seed": 1, "items": 0, "excluded": []},
        error=CANARIES["audit of a release"],
        created_by=make_user(Role.ADMIN, "dora"),
    )


def _make_import() -> Import:
    run = Import.objects.create(
        kind=Import.Kind.CAPTIONS, paths=["captions.jsonl"], created_by=make_user(Role.CURATOR)
    )
    ImportEntry.objects.create(
        run=run, number=1, name="row 1", outcome="added", message=CANARIES["import"]
    )
    return run


def arguments(world: World) -> dict[str, list[object]]:
    """For each name of a URL argument, the values to try."""
    revisions: list[object] = [item.current.pk for item in world.items]
    rois = list(Roi.objects.order_by("pk"))
    slide = world.items[0].triplet.slide
    checksums: list[object] = [slide.checksum, *(roi.checksum for roi in rois)]
    return {
        "assignment_id": [world.turn.pk, world.others.pk],
        "item_id": [item.pk for item in world.items],
        "revision_id": revisions,
        "slide_id": [slide.pk],
        "triplet_id": [world.items[0].triplet_id],
        "roi_id": [roi.pk for roi in rois],
        "checksum": checksums,
        "level": [0, 11],
        "column": [0],
        "row": [0],
        "batch_id": [world.batch.pk],
        "slot_id": [1],
        "call_id": [world.call.pk],
        "constraint_id": [world.constraint.pk],
        "number": [world.release.number],
        "run_id": [world.run.pk],
        "user_id": [world.ada.pk],
        "upload": ["7f0c9b1e-8f5e-4f0e-9a1e-0123456789ab"],
        "name": ["slide.tif"],
        "view_id": [_make_view(world.curator).pk],
        "verb": ["retire", "screen"],
        # Django's own admin
        "object_id": [world.turn.pk],
        "content_type_id": [ContentType.objects.get_for_model(User).pk],
        "app_label": ["accounts"],
        "id": [world.ada.pk],
    }


@dataclass(frozen=True)
class Address:
    """A pattern of the resolver: its name, route with `<…>` in it, and argument names."""

    name: str
    route: str
    arguments: tuple[str, ...]
    is_regex: bool

    def urls(self, values: dict[str, list[object]]) -> Iterator[str]:
        for chosen in product(*(values[name] for name in self.arguments)):
            url = self.route
            for name, value in zip(self.arguments, chosen, strict=True):
                url = url.replace(f"<{name}>", str(value))
            yield f"/{url}"


def addresses() -> list[Address]:
    """Every pattern of the project, apps' and Django's."""
    return list(_walk(get_resolver(), "", "", False))


def _walk(resolver: URLResolver, route: str, space: str, regex: bool) -> Iterator[Address]:
    for entry in resolver.url_patterns:
        here = route + _plain(entry.pattern)
        is_regex = regex or isinstance(entry.pattern, RegexPattern)
        if isinstance(entry, URLResolver):
            inside = f"{space}{entry.namespace}:" if entry.namespace else space
            yield from _walk(entry, here, inside, is_regex)
        elif isinstance(entry, URLPattern):
            names = tuple(part.split(">")[0] for part in here.split("<")[1:])
            yield Address(f"{space}{entry.name or here}", here, names, is_regex)


def _plain(pattern: object) -> str:
    """A route with `<int:pk>` as `<pk>`; a regular expression as it is."""
    route = str(pattern)
    if not isinstance(pattern, RoutePattern):
        return route
    parts = route.split("<")
    return parts[0] + "".join("<" + part.split(":", 1)[-1] for part in parts[1:])
