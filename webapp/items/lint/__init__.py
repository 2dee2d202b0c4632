"""What is wrong with a question, each finding with what to change.

An error makes an item unfit for release; a warning is for the author or reviewer to judge.
"""

from webapp.items.lint import form, options, rationale, wording
from webapp.items.lint.rule import Check, Finding, Rule, Severity
from webapp.items.mcq import Mcq

__all__ = ["RULES", "Finding", "Rule", "lint"]


def _rule(severity: Severity, check: Check) -> Rule:
    return Rule(check.__name__, severity, check)


RULES: tuple[Rule, ...] = (
    _rule("error", form.empty_text),
    _rule("error", form.control_characters),
    _rule("error", form.text_too_long),
    _rule("error", form.option_ids_differ),
    _rule("error", form.answer_not_an_option),
    _rule("error", form.unknown_option_token),
    _rule("error", options.duplicate_options),
    _rule("error", wording.stale_letter),
    _rule("error", rationale.rationale_contradicts_key),
    _rule("warning", wording.broken_item_admission),
    _rule("warning", wording.source_wording),
    _rule("warning", wording.option_mechanics),
    _rule("warning", wording.stem_mechanics),
    _rule("warning", wording.logic_not_vision),
    _rule("warning", wording.single_magnification_stem),
    _rule("warning", wording.magnification_in_options),
    _rule("warning", options.subset_option),
    _rule("warning", options.same_bag_of_words),
    _rule("warning", options.length_outlier),
    _rule("warning", options.polarity_singleton),
    _rule("warning", options.edited_from_one_option),
    _rule("warning", form.missing_scale),
)


def lint(mcq: Mcq) -> tuple[Finding, ...]:
    """Every finding, in the order of the rules: errors first."""
    return tuple(
        Finding(rule.name, rule.severity, message, where)
        for rule in RULES
        for where, message in rule.check(mcq)
    )
