"""What answers under several orders amount to: concentration, not luck; silence is no pass."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.pipeline.verdict import Choice, guess_rate, preferred, tail, verdict

IDS = ("aa", "bb", "cc", "dd")
choices = st.lists(
    st.builds(Choice, st.sampled_from(("", *IDS)), st.floats(0, 1)), min_size=1, max_size=8
)


def sure(*options: str, confidence: float = 0.8) -> list[Choice]:
    return [Choice(option, confidence) for option in options]


def test_the_same_option_under_all_of_four_orders_is_a_leak() -> None:
    assert verdict(sure("aa", "aa", "aa", "aa"), 4) == "leaks"


def test_three_of_four_are_what_guessing_gives() -> None:
    assert verdict(sure("aa", "aa", "aa", "bb"), 4) == "holds"


@pytest.mark.parametrize(("count", "found"), [(5, "holds"), (6, "leaks"), (8, "leaks")])
def test_of_eight_orders_six_decide(count: int, found: str) -> None:
    rest = ("bb", "cc", "dd")[: 8 - count]
    assert verdict(sure(*("aa",) * count, *rest), 8) == found


def test_one_option_without_confidence_is_no_leak() -> None:
    assert verdict(sure("aa", "aa", "aa", "aa", confidence=0.4), 4) == "holds"


def test_only_the_confidence_in_the_preferred_option_counts() -> None:
    answers = [*sure(*("aa",) * 7, confidence=0.6), Choice("bb", 0.0)]
    assert verdict(answers, 8) == "leaks"


def test_abstentions_are_answers() -> None:
    assert verdict(sure("", "", "", ""), 4) == "holds"
    assert verdict(sure("aa", "aa", "aa", ""), 4) == "holds"


@pytest.mark.parametrize("orders", [1, 2, 3, 4, 8])
def test_no_answer_is_no_verdict(orders: int) -> None:
    assert verdict([], orders) == "none"


def test_fewer_than_half_of_the_orders_answered_is_no_verdict() -> None:
    assert verdict(sure("aa"), 4) == "none"
    assert verdict(sure("aa", "bb"), 4) == "holds"


def test_a_missing_answer_that_could_make_it_a_leak_is_no_pass() -> None:
    assert verdict(sure("aa", "aa", "aa"), 4) == "none"
    assert verdict(sure("aa", "aa", "bb"), 4) == "holds"


@given(choices, st.sampled_from(IDS), st.sampled_from(IDS))
def test_which_option_is_the_key_does_not_decide(
    answers: list[Choice], one: str, other: str
) -> None:
    """The verdict is the same when options change places, and never sees a key."""
    swap = {one: other, other: one}
    renamed = [replace(each, option=swap.get(each.option, each.option)) for each in answers]
    assert verdict(answers, 8) == verdict(renamed, 8)


@given(choices)
def test_an_answer_more_for_the_preferred_option_never_mends_a_leak(answers: list[Choice]) -> None:
    best, _, _ = preferred(answers)
    if best and verdict(answers, len(answers)) == "leaks":
        more = [*answers, Choice(best, 1.0)]
        assert verdict(more, len(more)) == "leaks"


@given(choices, st.integers(0, 8))
def test_silence_never_turns_a_leak_into_a_pass(answers: list[Choice], missing: int) -> None:
    """Had the missing answers been given in the worst way, it would leak: so it may not hold."""
    orders = len(answers) + missing
    best, _, _ = preferred(answers)
    worst = [*answers, *[Choice(best or "aa", 1.0)] * missing]
    if verdict(worst, orders) == "leaks":
        assert verdict(answers, orders) != "holds"


def test_twins_are_judged_by_all_their_keys() -> None:
    two_keys = ("aa", "dd")
    assert verdict(sure(*("aa",) * 4), 4, two_keys) == "holds"  # 6 % by chance
    assert verdict(sure(*("aa", "dd") * 4), 8, two_keys) == "leaks"
    assert verdict(sure(*("bb", "cc") * 4), 8, two_keys) == "holds"


@given(choices)
def test_of_four_twins_nothing_is_left_to_tell(answers: list[Choice]) -> None:
    assert verdict(answers, len(answers), IDS) == "holds"


def test_the_guess_rate_counts_an_abstention_as_a_guess() -> None:
    assert guess_rate(sure("aa", "bb", "", ""), "aa") == pytest.approx((1 + 0 + 0.25 + 0.25) / 4)
    assert guess_rate([], "aa") is None


def test_the_preferred_of_equals_is_the_surer() -> None:
    assert preferred([Choice("aa", 0.3), Choice("bb", 0.9)]) == ("bb", 1, 0.9)
    assert preferred([Choice("", 0.3)]) == ("", 0, 0.0)


def test_the_tail_is_the_binomial_one() -> None:
    assert tail(4, 4, 0.25) == pytest.approx(1 / 256)
    assert tail(4, 0, 0.25) == pytest.approx(1)
    assert tail(8, 6, 0.25) == pytest.approx(0.004227, abs=1e-6)
