"""Sets of questions that leak in a known way, or not at all."""

import random
from collections.abc import Callable

from webapp.items.mcq import Dimension, Mcq, Option, new_option_ids

FIRST = ("round nests", "long cords", "dense sheets", "wide glands", "thin septa", "pale islands")
SECOND = ("clear cytoplasm", "dense granules", "oval nuclei", "coarse chromatin", "rare mitoses")
TRUE, FALSE = "focal necrosis", "keratin pearls"

Texts = tuple[str, str, str, str]
Write = Callable[[random.Random, int], tuple[Texts, int]]
"""Four option texts of the question of this number, and the place of the key."""


def fair(rng: random.Random, number: int) -> tuple[Texts, int]:
    """Two findings crossed, the key drawn by lot."""
    one, other = rng.sample(FIRST, 2)
    this, that = rng.sample(SECOND, 2)
    case = f"of case {number}"
    texts = tuple(f"{a} with {b} {case}" for a in (one, other) for b in (this, that))
    return (texts[0], texts[1], texts[2], texts[3]), rng.randrange(4)


def phrase(rng: random.Random, number: int) -> tuple[Texts, int]:
    """One phrase stands in every key and another in no key: a leak of words, not of structure."""
    texts, key = fair(rng, number)
    said = tuple(f"{text} and {TRUE if n == key else FALSE}" for n, text in enumerate(texts))
    return (said[0], said[1], said[2], said[3]), key


def edited(rng: random.Random, number: int) -> tuple[Texts, int]:
    """Each distractor is the key with one change: a leak of structure, not of words."""
    pools = [rng.sample(FIRST, 2), rng.sample(SECOND, 2), rng.sample(("left", "right", "deep"), 2)]
    true = [pool[0] for pool in pools]
    wrong = [[*true[:n], pools[n][1], *true[n + 1 :]] for n in range(3)]
    texts = [f"{a} with {b} on the {c} of case {number}" for a, b, c in (true, *wrong)]
    order = rng.sample(range(4), 4)
    return (
        (texts[order[0]], texts[order[1]], texts[order[2]], texts[order[3]]),
        order.index(0),
    )


def of_patient(patients: int) -> Write:
    """Words that tell the key among the questions of one patient, and that no other patient has."""

    def write(rng: random.Random, number: int) -> tuple[Texts, int]:
        texts, key = fair(rng, number)
        signs = iter("bcd")
        said = [
            f"{text} near sign{number % patients}{'a' if n == key else next(signs)}"
            for n, text in enumerate(texts)
        ]
        return (said[0], said[1], said[2], said[3]), key

    return write


def question_set(
    write: Write, count: int = 120, patients: int = 12, seed: int = 3
) -> tuple[list[Mcq], list[str]]:
    """Questions and the patient of each."""
    rng = random.Random(seed)
    items = []
    for number in range(count):
        texts, key = write(rng, number)
        ids = new_option_ids(rng)
        options = tuple(Option(one, text) for one, text in zip(ids, texts, strict=True))
        items.append(
            Mcq(
                dimension=Dimension("ABCDE"[number // patients % 5]),
                stem=f"Which findings does case {number} show at both ends of the scale?",
                options=options,
                key=ids[key],
            )
        )
    return items, [f"p{number % patients}" for number in range(count)]
