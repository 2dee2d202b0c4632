"""Name -> frozen dataclass for vocabulary and dimensions, checked once and kept."""

import hashlib
import re
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from string import Formatter

from annotation_configs.node import Node, read_yaml

ROOT = Path(__file__).resolve().parent
SUMMARY = "summary"
"""Stands beside low, mid and high for what is stated of the triplet as a whole."""
SCALE_NAMES = ("low", "mid", "high")
DIMENSION_NAMES = ("A", "B", "C", "D", "E")
STEM_SLOTS = frozenset({"wide", "close", "views", "claim", "noun"})
OPTION_SLOTS = frozenset({"a", "b", "site_a", "site_b"})


@dataclass(frozen=True)
class Value:
    """One of the mutually exclusive values of an attribute."""

    name: str
    phrase: str
    reading: str
    """How a diagnostic statement puts it; empty where it has no diagnostic weight."""
    negative: bool
    """The phrase states an absence."""
    match: tuple[str, ...]
    """Regular expressions that show the value where no negation governs them."""
    negated: tuple[str, ...]
    """Regular expressions that show the value where a negation does."""


@dataclass(frozen=True)
class Attribute:
    """An axis along which tissue differs, with at least two mutually exclusive values."""

    name: str
    scales: tuple[str, ...]
    family: str
    """Attributes of one family depend on each other and are never crossed."""
    related: frozenset[str]
    """Further families it depends on."""
    noun: str
    """The appearance that a closer finding may explain; empty where none is needed."""
    site: str
    """The compartment it belongs to; empty where there is no telling."""
    explained_by: frozenset[str]
    """Families whose findings at a closer scale explain this appearance."""
    head: bool
    """Its readings name an entity, so that a diagnosis may begin with them."""
    values: tuple[Value, ...]

    def depends_on(self, other: "Attribute") -> bool:
        """Whether knowing one says something about the other (symmetric)."""
        return (
            self.family == other.family
            or other.family in self.related
            or self.family in other.related
        )


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """Compared and hashed by identity, so that what is worked out from it can be kept by it."""

    attributes: tuple[Attribute, ...]
    digest: str
    """sha256 of the file, so that a question can name the words it was built from."""

    @cached_property
    def _by_name(self) -> dict[str, Attribute]:
        return {attribute.name: attribute for attribute in self.attributes}

    def attribute(self, name: str) -> Attribute:
        if name not in self._by_name:
            raise KeyError(f"The vocabulary has no attribute {name!r}; it may have been renamed.")
        return self._by_name[name]


@dataclass(frozen=True)
class Template:
    name: str
    stem: str
    option: str
    head_first: bool
    """The first finding must be able to begin a diagnosis."""


@dataclass(frozen=True)
class DimensionConfig:
    name: str
    title: str
    definition: str
    templates: tuple[Template, ...]
    constraints: tuple[str, ...]


@dataclass(frozen=True)
class Term:
    """An organ or a stain."""

    name: str
    label: str
    aliases: tuple[str, ...]


@dataclass(frozen=True)
class ScaleConfig:
    name: str
    label: str
    magnification: int
    long_name: str


@cache
def vocabulary() -> Vocabulary:
    return read_vocabulary(ROOT / "vocabulary" / "features.yaml")


@cache
def dimension(name: str) -> DimensionConfig:
    return read_dimension(ROOT / "dimensions" / f"{name}.yaml")


def dimensions() -> tuple[DimensionConfig, ...]:
    return tuple(dimension(name) for name in DIMENSION_NAMES)


@cache
def organs() -> tuple[Term, ...]:
    return read_terms(ROOT / "vocabulary" / "organs.yaml")


@cache
def stains() -> tuple[Term, ...]:
    return read_terms(ROOT / "vocabulary" / "stains.yaml")


@cache
def scales() -> tuple[ScaleConfig, ...]:
    return read_scales(ROOT / "vocabulary" / "scales.yaml")


def find_term(terms: tuple[Term, ...], text: str) -> Term | None:
    """The term a person meant by its name or one of its other spellings, in any case."""
    wanted = " ".join(text.lower().replace("_", " ").split())
    for term in terms:
        if wanted in (term.name.replace("_", " "), term.label.lower(), *term.aliases):
            return term
    return None


def read_vocabulary(path: Path) -> Vocabulary:
    root = read_yaml(path)
    attributes = tuple(_attribute(name, node) for name, node in root.named_items())
    if not attributes:
        raise root.fault("holds no attribute; add one")
    _check_families(root, attributes)
    _check_phrases(root, attributes)
    return Vocabulary(attributes, hashlib.sha256(path.read_bytes()).hexdigest())


def _attribute(name: str, node: Node) -> Attribute:
    node.only("scales", "family", "related", "noun", "site", "explained_by", "head", "values")
    scales = node.texts("scales")
    if not scales or set(scales) - {*SCALE_NAMES, SUMMARY}:
        raise node.get("scales").fault("must name some of low, mid, high and summary")
    values = tuple(_value(each, child) for each, child in node.get("values").named_items())
    if len(values) < 2:
        raise node.get("values").fault("must hold at least two values, which exclude each other")
    _check_values(node.get("values"), values)
    return Attribute(
        name=name,
        scales=scales,
        family=node.text("family"),
        related=frozenset(node.texts("related")),
        noun=node.text("noun", ""),
        site=node.text("site", ""),
        explained_by=frozenset(node.texts("explained_by")),
        head=node.flag("head"),
        values=values,
    )


def _value(name: str, node: Node) -> Value:
    node.only("phrase", "reading", "negative", "match", "negated")
    for key in ("match", "negated"):
        for pattern in node.texts(key):
            _check_pattern(node.get(key), pattern)
    phrase = node.text("phrase")
    if phrase != phrase.strip(" .,;:") or phrase[0].isupper():
        raise node.get("phrase").fault("must begin in lower case and end without a full stop")
    return Value(
        name=name,
        phrase=phrase,
        reading=node.text("reading", ""),
        negative=node.flag("negative"),
        match=node.texts("match"),
        negated=node.texts("negated"),
    )


def _check_pattern(node: Node, pattern: str) -> None:
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise node.fault(f"holds {pattern!r}, no regular expression ({error}); mend it") from None
    if compiled.search(""):
        raise node.fault(f"holds {pattern!r}, which matches nothing at all; make it narrower")


def _check_values(node: Node, values: tuple[Value, ...]) -> None:
    """Options are compared by their words, so none may hold all the words of another."""
    for one in values:
        for other in values:
            if one is not other and set(one.phrase.split()) <= set(other.phrase.split()):
                raise node.fault(
                    f"has all words of {one.phrase!r} in {other.phrase!r}; reword one of them"
                )
    if any(value.reading for value in values) and not all(value.reading for value in values):
        raise node.fault("give a reading for some values only; give one for all or for none")


def _check_families(root: Node, attributes: tuple[Attribute, ...]) -> None:
    known = {attribute.family for attribute in attributes}
    for attribute in attributes:
        for key, named in (
            ("explained_by", attribute.explained_by),
            ("related", attribute.related),
        ):
            for stranger in sorted(named - known):
                node = root.get(attribute.name).get(key)
                raise node.fault(f"names the family {stranger!r}, which no attribute has")


def _check_phrases(root: Node, attributes: tuple[Attribute, ...]) -> None:
    owner: dict[str, str] = {}
    for attribute in attributes:
        for value in attribute.values:
            first = owner.setdefault(value.phrase, attribute.name)
            if first != attribute.name:
                node = root.get(attribute.name).get("values").get(value.name).get("phrase")
                raise node.fault(f"is a phrase of {first} too; reword one of them")


def read_dimension(path: Path) -> DimensionConfig:
    root = read_yaml(path).only("title", "definition", "templates", "constraints")
    templates = tuple(_template(name, node) for name, node in root.get("templates").named_items())
    if not templates:
        raise root.get("templates").fault("must hold at least one template")
    return DimensionConfig(
        name=path.stem,
        title=root.text("title"),
        definition=root.text("definition"),
        templates=templates,
        constraints=root.texts("constraints"),
    )


def _template(name: str, node: Node) -> Template:
    node.only("stem", "option", "head_first")
    _check_slots(node, "stem", STEM_SLOTS, frozenset())
    _check_slots(node, "option", OPTION_SLOTS, frozenset({"a", "b"}))
    return Template(name, node.text("stem"), node.text("option"), node.flag("head_first"))


def _check_slots(node: Node, key: str, allowed: frozenset[str], needed: frozenset[str]) -> None:
    text = node.text(key)
    try:
        found = {slot for _, slot, _, _ in Formatter().parse(text) if slot is not None}
    except ValueError as error:
        raise node.get(key).fault(f"has a broken slot ({error}); mend its braces") from None
    if found - allowed:
        stranger = min(found - allowed)
        raise node.get(key).fault(
            f"has the unknown slot {{{stranger}}}; use {', '.join(sorted(allowed))}"
        )
    if needed - found:
        raise node.get(key).fault(f"lacks the slot {{{min(needed - found)}}}; add it")


def read_terms(path: Path) -> tuple[Term, ...]:
    terms = []
    for name, node in read_yaml(path).named_items():
        node.only("label", "name", "aliases")
        aliases = tuple(alias.lower() for alias in node.texts("aliases"))
        terms.append(Term(name, node.text("label"), aliases))
    return tuple(terms)


def read_scales(path: Path) -> tuple[ScaleConfig, ...]:
    root = read_yaml(path).only(*SCALE_NAMES)
    return tuple(
        ScaleConfig(name, node.text("label"), node.number("magnification"), node.text("name"))
        for name, node in root.named_items()
    )
