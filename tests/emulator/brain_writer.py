"""Writes a question from the plan in a prompt; on demand with a fault or a leak."""

import json
from dataclasses import dataclass
from typing import Any

FORMS = {
    "A": ("{a}, and within it {b}", "{a}, joined by {b}", "first {a}, then {b}", "{a}; there {b}"),
    "B": ("the impression {a}, next to {b}", "the impression {a}; besides, {b}"),
    "C": ("{site_a} with {a}, {site_b} with {b}", "in {site_a} {a}, in {site_b} {b}"),
    "D": ("{a} together with {b}", "{a}, joined by {b}", "both {a} and {b}"),
    "E": ("{a}, accompanied by {b}", "{a} together with {b}"),
}  # fmt: skip
STEMS = {
    "A": (
        "Which pair is met when the {views} views are gone through?",
        "What do the {views} views show side by side?",
    ),
    "B": (
        "At {first}, {impression} comes to mind. What becomes clear in the {views} views?",
        "The {first} view brings up {impression}. Where do the {views} views lead?",
    ),
    "C": (
        "What lies where in the {views} views?",
        "How do the {views} views divide up what is seen?",
    ),
    "D": (
        "What do the {views} views show behind {appearance}?",
        "Which pair lies behind {appearance} when {views} are compared?",
    ),
    "E": (
        "Which reading do the {views} views bear when seen together?",
        "How should the {views} views be read together?",
    ),
}
DEFECTS = (
    "five_options", "two_keys", "equal_options", "key_in_stem", "letters", "unplanned", "truncated",
    "wrong_findings",
)  # fmt: skip
LEAKS = ("longer", "edited")
GAPS = ("\u27e81\u27e9", "\u27e82\u27e9")
STRANGER = "with an intact upper surface"


@dataclass(frozen=True)
class Manner:
    """`number` chooses among wordings; `defect` and `leak` spoil the question."""

    number: int
    defect: bool = False
    leak: bool = False
    told: str = ""
    """The complaints; a form that they quote is not used again while there are others."""

    def of(self, choices: tuple[str, ...], turn: int = 0) -> str:
        return choices[(self.number >> (8 * turn)) % len(choices)]


def written(plan: dict[str, Any], manner: Manner) -> str:
    question = _question(plan, manner)
    if manner.leak:
        _leak(question, manner.of(LEAKS, 3))
    if manner.defect:
        kind = manner.of(DEFECTS, 4)
        if kind == "truncated":
            return json.dumps(question)[:-40]
        _spoil(question, kind)
    return json.dumps(question)


def _question(plan: dict[str, Any], manner: Manner) -> dict[str, Any]:
    sites = {"site_a": plan["finding_1"].get("compartment", ""),
             "site_b": plan["finding_2"].get("compartment", "")}  # fmt: skip
    forms = FORMS[_dimension(plan)]
    fresh = tuple(
        form for form in forms if form.format(a=GAPS[0], b=GAPS[1], **sites) not in manner.told
    )
    form = manner.of(fresh or forms, 1)
    options = []
    for cell in plan["cells"]:
        text = form.format(a=cell["finding_1"], b=cell["finding_2"], **sites)
        option = {"cell": cell["cell"], "text": text[0].upper() + text[1:]}
        if "role" in cell:
            option |= {
                "role": cell["role"],
                "discriminator": cell.get("discriminator", ""),
                "refuted_at": cell.get("refuted_at", ""),
            }
        options.append(option)
    question: dict[str, Any] = {"stem": _stem(plan, manner), "options": options}
    if "role" in plan["cells"][0]:
        question["rationale"] = _rationale(plan)
    return question


def _dimension(plan: dict[str, Any]) -> str:
    """The plan does not name it; its fields do."""
    if "impression" in plan:
        return "B"
    if "appearance" in plan:
        return "D"
    if "compartment" in plan["finding_1"]:
        return "C"
    return "E" if "rests_on" in plan["finding_1"] else "A"


def _stem(plan: dict[str, Any], manner: Manner) -> str:
    if plan["stem"] != "yours to word":
        return str(plan["stem"])
    return manner.of(STEMS[_dimension(plan)], 2).format(
        views=plan["views"],
        first=plan.get("impression_from", ""),
        impression=plan.get("impression", ""),
        appearance=plan.get("appearance", ""),
    )


def _rationale(plan: dict[str, Any]) -> str:
    first, second = _seen(plan["finding_1"]), _seen(plan["finding_2"])
    both = f"{first}, and {_lower(second)}"
    lines = [f"{both}, which makes {{{{option:both}}}} right."]
    wrong = {"first_only": second, "second_only": first, "neither": both}
    lines += [f"{{{{option:{cell}}}}} is wrong: {_lower(said)}." for cell, said in wrong.items()]
    return " ".join(lines)


def _lower(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:]


def _seen(finding: dict[str, Any]) -> str:
    true = finding.get("seen_there", finding["versions"][0])
    true = finding.get("rests_on", {}).get(true, true)
    view = finding["view"]
    return f"All views show {true}" if view == "all views" else f"The {view} view shows {true}"


def _leak(question: dict[str, Any], kind: str) -> None:
    """The key is one of the two first cells in any case, so that twins leak as one."""
    first, *others = question["options"]
    if kind == "longer":
        first["text"] += ", clearly and in every part of the tissue looked at"
    else:
        for place, other in enumerate(others):
            other["text"] += (", in patches", ", all over", ", at one edge")[place]


def _spoil(question: dict[str, Any], kind: str) -> None:
    options = question["options"]
    if kind == "five_options":
        options.append({**options[-1], "text": "None of these can be seen anywhere"})
    elif kind == "equal_options" or "role" not in options[0]:
        options[1]["text"] = options[0]["text"]
    elif kind == "two_keys":
        options[1]["role"] = "key"
    elif kind == "key_in_stem":
        question["stem"] = f"Is it true that there is {options[0]['text']} at 10x and 200x?"
    elif kind == "letters":
        question["rationale"] += " Option B is wrong too."
    elif kind == "unplanned":
        for option in options:
            option["text"] += f" {STRANGER}"
    else:
        options[0]["text"], options[1]["text"] = options[1]["text"], options[0]["text"]
