"""US dollars as text: exact to six digits, for floating point has no cents."""

from decimal import Decimal, InvalidOperation

PLACES = 6
MOST = Decimal(10) ** 6


def usd(amount: Decimal) -> str:
    """As JSON tells it, such as `12.500000`."""
    return f"{amount:.{PLACES}f}"


def shown_usd(amount: Decimal) -> str:
    """As people read it, such as `$12.50`; small amounts with as many digits as they need."""
    digits = 2 if amount == 0 or amount >= 1 else 4 if amount >= Decimal("0.01") else PLACES
    return f"${amount:,.{digits}f}"


def usd_from(text: str) -> Decimal:
    """An amount as typed, with or without the dollar sign.

    Raises:
        ValueError: it is no amount, or finer than is kept; the sentence says so.
    """
    try:
        amount = Decimal(text.strip().removeprefix("$").replace(",", ""))
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or not -MOST < amount < MOST:
        raise ValueError(f"{text!r} is no amount of US dollars to be kept; write it like 12.50")
    if amount != round(amount, PLACES):
        raise ValueError(f"{text!r} is finer than the {PLACES} digits that are kept")
    return amount
