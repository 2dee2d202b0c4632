"""What every scheme plans with: the lots, and what was used how often."""

import random
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from annotation_configs.load import Template, Vocabulary
from webapp.generation.catalog import Feature
from webapp.generation.planned import PlannedItem, Pool
from webapp.generation.texts import Place, Text
from webapp.generation.wording import Question
from webapp.items.mcq import OPTION_COUNT

_GROUP_CHARS = 32
_TILT_WEIGHT = 0.25
Wear = tuple[float, int, int, float]


@dataclass(frozen=True)
class Twins:
    """What the items of one text share."""

    group: str
    text_seed: int


class Desk:
    """Triplets are named by their place in `uids`, which must not depend on anybody's order."""

    def __init__(
        self,
        uids: Sequence[str],
        patients: Sequence[str],
        dimensions: Sequence[str],
        vocabulary: Vocabulary,
        *,
        seed: int,
        free_share: float,
    ) -> None:
        self.rng = random.Random(seed)
        self._uids, self._patients = uids, patients
        self._vocabulary, self._seed = vocabulary, seed
        self._lots = [self.rng.random() for _ in uids]
        self._uses = [0 for _ in uids]
        self._uses_in = {name: [0 for _ in uids] for name in dimensions}
        self._pairs: Counter[tuple[int, tuple[str, str]]] = Counter()
        self._tilts: Counter[tuple[str, str]] = Counter()
        self._made: Counter[str] = Counter()
        self._templates: dict[tuple[str, Text], tuple[Template, ...]] = {}
        self._template_uses: Counter[tuple[str, Pool, str]] = Counter()
        self._free_share = free_share
        self._owed = {(name, size): self.rng.random() for name in dimensions for size in (1, 2, 4)}
        self._places: list[int] = []

    @property
    def patient_count(self) -> int:
        return len(set(self._patients))

    def next_dimension(self, names: Iterable[str]) -> str:
        """The one with the fewest items."""
        return min(names, key=lambda name: (self._made[name], name))

    def wear(self, name: str, triplet: int, text: Text, place: Place) -> Wear:
        """The lower, the sooner a triplet is to make the option at a place of a text true.

        A triplet waits while its patient had more use of what the option says than of the contrary:
        if one patient's questions all lean one way, those of all others lean the other way, and
        whoever knows them guesses this patient's.
        """
        patient = self._patients[triplet]
        tilt = sum(sign * self._tilts[patient, said] for said, sign in _said(text, place))
        pair = self._pairs[triplet, _pair(text.attributes)]
        # Slight tilts are left alone: set right to the last, they would tell as much as none.
        worn = self._uses[triplet] + int(_TILT_WEIGHT * tilt)
        return worn, pair, self._uses_in[name][triplet], self._lots[triplet]

    def templates(self, name: str, text: Text) -> tuple[Template, ...]:
        if (name, text) not in self._templates:
            self._templates[name, text] = text.templates(name, self._vocabulary)
        return self._templates[name, text]

    def template(self, name: str, pool: Pool, text: Text, spent: Collection[str] = ()) -> Template:
        """The one least used in its pool; of the spent ones only if there is no other."""
        found = self.templates(name, text)
        found = tuple(one for one in found if one.name not in spent) or found
        return min(found, key=lambda one: self._template_uses[name, pool, one.name])

    def pool(self, name: str, size: int = 1) -> Pool:
        """Of so many items with one text: each share of the free ones falls due in its turn."""
        self._owed[name, size] += self._free_share
        if self._owed[name, size] < 1:
            return "fixed"
        self._owed[name, size] -= 1
        return "free"

    def next_place(self) -> int:
        """Each place once in every four questions, in an order that cannot be foreseen."""
        if not self._places:
            self._places = self.rng.sample(range(OPTION_COUNT), OPTION_COUNT)
        return self._places.pop()

    def any_place(self) -> int:
        """Drawn by itself, so that the places of others tell nothing of it."""
        return self.rng.randrange(OPTION_COUNT)

    def twins(self, *shared: object) -> Twins:
        """The bond of items that share a text; `shared` tells their group from all others."""
        digest = sha256(repr((self._seed, shared)).encode()).hexdigest()
        return Twins(group=digest[:_GROUP_CHARS], text_seed=stable_seed("text", digest))

    def planned(
        self,
        triplet: int,
        question: Question,
        *,
        pool: Pool,
        key_place: int,
        balanced: bool,
        twins: Twins | None = None,
        group_keys: str = "",
    ) -> PlannedItem:
        """The next item; from here on it counts as used."""
        number = self._made.total() + 1
        uid, named = self._uids[triplet], named_parts(question)
        self._note(triplet, question, pool)
        return PlannedItem(
            number=number,
            triplet=uid,
            dimension=question.dimension,
            template=question.template.name,
            key_place=key_place,
            seed=stable_seed(self._seed, number, uid, sorted(named.items())),
            balanced=balanced,
            pool=pool,
            twin_group=twins.group if twins else "",
            group_keys=group_keys,
            text_seed=twins.text_seed if twins else stable_seed(self._seed, "text", number),
            **named,
        )

    def _note(self, triplet: int, question: Question, pool: Pool) -> None:
        name = question.dimension
        pair = _pair((question.first.true.attribute, question.second.true.attribute))
        self._made[name] += 1
        self._uses[triplet] += 1
        self._uses_in[name][triplet] += 1
        self._pairs[triplet, pair] += 1
        self._template_uses[name, pool, question.template.name] += 1
        for said, sign in _told(question):
            self._tilts[self._patients[triplet], said] += sign


def _said(text: Text, place: Place) -> list[tuple[str, int]]:
    """By finding 1 for what an option says and -1 for what it denies."""
    one, other = place
    second = [(text.second[not other].id, 1), (text.second[other].id, -1)]
    if text.claim is not None:
        return [_outcome(text.claim, one), *second]
    return [(text.first[not one].id, 1), (text.first[one].id, -1), *second]


def _told(question: Question) -> list[tuple[str, int]]:
    """The same of a question's key."""
    first, second = question.first, question.second
    seconds = [(second.true.id, 1), (second.false.id, -1)]
    if question.claim is not None:
        return [_outcome(question.claim, question.claim == first.true), *seconds]
    return [(first.true.id, 1), (first.false.id, -1), *seconds]


def _outcome(claim: Feature, true: bool) -> tuple[str, int]:
    """Apart from the finding's own count, for its phrase stands in the stem alone."""
    return f"{claim.id}?", 1 if true else -1


def named_parts(question: Question) -> Mapping[str, str]:
    """Its findings by id, as a plan keeps them."""
    return {
        "first_true": question.first.true.id,
        "first_false": question.first.false.id,
        "second_true": question.second.true.id,
        "second_false": question.second.false.id,
        "claim": question.claim.id if question.claim else "",
        "subject": question.subject.id if question.subject else "",
    }


def stable_seed(*parts: object) -> int:
    """52 bits, so that JSON readers keep it whole. Another question never gets the same: its option
    ids would repeat, and with them where the key is.
    """
    return int.from_bytes(sha256(repr(parts).encode()).digest()[:8]) >> 12


def _pair(attributes: tuple[str, str]) -> tuple[str, str]:
    one, other = attributes
    return (one, other) if one < other else (other, one)
