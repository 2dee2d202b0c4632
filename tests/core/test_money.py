from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.core.money import shown_usd, usd, usd_from


@given(st.decimals(min_value=0, max_value=999_999, places=6))
def test_an_amount_survives_as_text(amount: Decimal) -> None:
    assert usd_from(usd(amount)) == amount


@pytest.mark.parametrize("text", ["12.5", "$12.50", " 12.500000 "])
def test_an_amount_is_typed_in_several_ways(text: str) -> None:
    assert usd_from(text) == Decimal("12.5")


@pytest.mark.parametrize("text", ["", "twelve", "NaN", "Infinity", "1e999999999", "1000000"])
def test_what_is_no_amount_is_named(text: str) -> None:
    with pytest.raises(ValueError, match="no amount of US dollars"):
        usd_from(text)


@pytest.mark.parametrize("text", ["0.0000001", "1e-999999999"])
def test_what_would_be_rounded_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="6 digits"):
        usd_from(text)


def test_small_amounts_are_not_shown_as_nothing() -> None:
    assert [shown_usd(Decimal(one)) for one in ("0", "0.0042", "0.25", "1234.5")] == [
        "$0.00", "$0.004200", "$0.2500", "$1,234.50",
    ]  # fmt: skip
