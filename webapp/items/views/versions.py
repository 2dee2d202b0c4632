"""An item's revisions as a readable story: what each says, and what it changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from webapp.items.lettering import LETTERS, render_rationale
from webapp.items.models import Revision
from webapp.items.worddiff import Piece, diff
from webapp.items.words import overlap, words


@dataclass(frozen=True)
class OptionStory:
    """`pieces` are its words beside those of the option it came from."""

    letter: str
    pieces: tuple[Piece, ...]
    is_key: bool
    was_key: bool


@dataclass(frozen=True)
class Version:
    revision: Revision
    stem: tuple[Piece, ...]
    options: tuple[OptionStory, ...]
    rationale: tuple[Piece, ...]
    is_first: bool
    is_newest: bool

    @property
    def made_by(self) -> dict[str, Any]:
        return dict(self.revision.provenance)

    @property
    def changes(self) -> list[str]:
        """What differs from the version before, in a word each."""
        if self.is_first:
            return []
        changed = {"stem": is_changed(self.stem), "rationale": is_changed(self.rationale)}
        changed["options"] = any(is_changed(option.pieces) for option in self.options)
        changed["key"] = any(option.is_key != option.was_key for option in self.options)
        order = ("stem", "options", "key", "rationale")
        return [name for name in order if changed[name]]


def is_changed(pieces: Sequence[Piece]) -> bool:
    return any(piece.kind != "same" for piece in pieces)


def versions_of(revisions: Sequence[Revision]) -> list[Version]:
    """Newest first."""
    ordered = sorted(revisions, key=lambda revision: revision.number)
    before = [None, *ordered[:-1]]
    told = [_version(one, old, ordered[-1]) for one, old in zip(ordered, before, strict=True)]
    return told[::-1]


def _version(revision: Revision, old: Revision | None, newest: Revision) -> Version:
    base = old or revision
    came_from = _origins(base.options, revision.options)
    options = tuple(
        OptionStory(
            letter=letter,
            pieces=diff(source["text"], option["text"]),
            is_key=option["id"] == revision.key,
            was_key=source["id"] == base.key,
        )
        for letter, option, source in zip(LETTERS, revision.options, came_from, strict=False)
    )
    return Version(
        revision=revision,
        stem=diff(base.stem, revision.stem),
        options=options,
        rationale=diff(_lettered(base), _lettered(revision)),
        is_first=old is None,
        is_newest=revision.pk == newest.pk,
    )


def _lettered(revision: Revision) -> str:
    return render_rationale(revision.rationale, [option["id"] for option in revision.options])


def _origins(old: Sequence[dict[str, str]], new: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    """For each new option the old one that it came from: by its id, or else the likest left."""
    by_id = {option["id"]: option for option in old}
    found = {option["id"]: by_id[option["id"]] for option in new if option["id"] in by_id}
    taken = {option["id"] for option in found.values()}
    left = [option for option in old if option["id"] not in taken]
    for option in (option for option in new if option["id"] not in found):
        likest = max(left, key=lambda one: _overlap(one["text"], option["text"]), default=option)
        found[option["id"]] = likest
        left = [one for one in left if one is not likest]
    return [found[option["id"]] for option in new]


def _overlap(one: str, other: str) -> float:
    return overlap(frozenset(words(one)), frozenset(words(other)))
