"""README.md of a release folder: what is in it, how it was chosen, what it gives away."""

from collections.abc import Iterable, Sequence

from webapp.items.leakage import CHANCE, Estimate
from webapp.items.mcq import Dimension
from webapp.releases.audit import Audit, gate_told
from webapp.releases.split import SPLITS
from webapp.releases.writer.content import Content
from webapp.slides.geometry import Scale

LICENCE = (
    "Not stated yet. Whoever publishes this release writes here under which licence its questions "
    "and images may be used, and checks that the owners of the slides agree."
)


def card(content: Content, audit: Audit) -> str:
    notes = content.notes.strip()
    sections = (
        f"# {_plain(content.name)} (release {content.number})",
        _summary(audit),
        *([f"## Notes\n\n{notes}"] if notes else []),
        f"## Contents\n\n{_contents(audit)}",
        f"## How it was frozen\n\n{_policy(content)}",
        f"## Counts\n\n{_counts(audit)}",
        f"## What the text alone gives away\n\n{_leakage(audit)}",
        f"## Lint\n\n{_lint(audit)}",
        f"## Licence\n\n{LICENCE}",
    )
    return "\n\n".join(sections) + "\n"


def _summary(audit: Audit) -> str:
    return (
        f"{audit['items']} multiple-choice questions about nested fields (10x, 40x, 200x) of "
        f"{audit['slides']} whole-slide images of {audit['patients']} patients, each approved by "
        "a reviewer."
    )


def _contents(audit: Audit) -> str:
    fields = audit["items"] * len(Scale)
    images = sum(sum(split["images"].values()) for split in audit["splits"].values())
    return f"""\
- `train.json`, `val.json`, `test.json`: the questions in the published Scale-VQA format;
  `image_path` is relative to this folder, a missing scale is `null`.
- `images/<slide>/rois/<magnification>_<n>.<y>y_<x>x.jpg`: one JPEG a field; y and x are its
  top-left corner in pixels of the slide's full resolution.
- `audit.json`: the numbers below, in full.
- `MANIFEST.json`: size and SHA-256 of every file; for each question its item, revision, maker and
  a pseudonym of its patient.

Of {fields} fields, {fields - images} have no image."""


def _policy(content: Content) -> str:
    shares = " / ".join(f"{100 * ratio:g}" for ratio in content.policy["ratios"])
    excluded = content.policy.get("excluded", [])
    return f"""\
- Split {shares} (train / val / test, percent) by patient, stratified on dimension and organ;
  questions that share a text (twins) are in one split.
- Seed {content.policy["seed"]} for the split, the letters and the intervals.
- Letters are drawn anew; within a split each is the key equally often (give or take one).
- Approved questions left out because the lint finds an error in them:
  {len(excluded)}{_excluded(excluded)}"""


def _excluded(excluded: Sequence[dict[str, object]]) -> str:
    listed = ", ".join(f"item {one['item']}" for one in excluded)
    return f" ({listed})." if listed else "."


def _counts(audit: Audit) -> str:
    splits = audit["splits"]
    totals = _table(
        ("Split", "Questions", "Patients", "Slides", *(f"Key {letter}" for letter in "ABCD")),
        (
            (
                split,
                splits[split]["items"],
                splits[split]["patients"],
                splits[split]["slides"],
                *(splits[split]["letter"].get(letter, 0) for letter in "ABCD"),
            )
            for split in SPLITS
        ),
    )
    dimensions = _table(
        ("Dimension", *SPLITS),
        (
            (
                f"{one.value} {one.title}",
                *(splits[s]["dimension"].get(one.value, 0) for s in SPLITS),
            )
            for one in Dimension
        ),
    )
    organs = sorted({organ for split in splits.values() for organ in split["organ"]})
    organ_table = _table(
        ("Organ", *SPLITS),
        ((_plain(organ), *(splits[s]["organ"].get(organ, 0) for s in SPLITS)) for organ in organs),
    )
    return "\n\n".join((totals, dimensions, organ_table))


def _leakage(audit: Audit) -> str:
    dimensions = [one.value for one in Dimension]
    table = _table(
        ("Adversary", "All", *dimensions),
        (
            (
                name,
                _estimate(Estimate(accuracy=one["accuracy"], ci95=one["ci95"], n=one["n"])),
                *(_estimate(one["by_dimension"].get(dimension)) for dimension in dimensions),
            )
            for name, one in audit["leakage"].items()
        ),
    )
    gate = gate_told(audit)
    verdict = f"**{gate.title}.** {' '.join(gate.sentences)}\n\n" if gate else ""
    return (
        f"{verdict}Accuracy of guessing from the text without any image, in percent; chance is "
        f"{100 * CHANCE:g}. In brackets the 95 % interval (patients, with those tied to them by "
        "twins, drawn with replacement, never narrower than Wilson's). Probes are trained, each "
        "question being asked of one that has seen neither its patient nor its twins.\n\n"
        f"{table}"
    )


def _estimate(found: Estimate | None) -> str:
    if found is None or found["accuracy"] is None or found["ci95"] is None:
        return "–"
    low, high = found["ci95"]
    return f"{100 * found['accuracy']:.1f} [{100 * low:.1f}, {100 * high:.1f}]"


def _lint(audit: Audit) -> str:
    if not audit["lint"]:
        return "No rule finds fault with any question."
    rows = ((rule, one["severity"], one["items"]) for rule, one in audit["lint"].items())
    return _table(("Rule", "Severity", "Questions"), rows)


def _table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines)


def _plain(text: str) -> str:
    """A text from a person inside a heading or a table: on one line, without its bars."""
    return " ".join(text.split()).replace("|", "/")
