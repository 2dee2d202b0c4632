"""Kinds of constraints: the same for people, models and rules."""

from typing import get_args

from webapp.generation.kinds import ConstraintKind
from workers.pipeline.refine import RULES
from workers.pipeline.schemas import Kind


def test_models_and_rules_know_the_kinds_that_people_see() -> None:
    codes = {kind.value for kind in ConstraintKind}
    assert codes == set(get_args(Kind)) == set(RULES)


def test_each_kind_says_in_a_sentence_what_it_means() -> None:
    meanings = [kind.meaning for kind in ConstraintKind]
    assert len(set(meanings)) == len(meanings)
    assert all(meaning.endswith(".") for meaning in meanings)
