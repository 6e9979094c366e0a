"""Numbers as people read them: grouped, and without the noise of binary fractions."""

from math import floor, log10

EXACT = 12  # digits of a sum or an extreme; a float is sure of 15, a sum of many of fewer
MEAN = 6  # digits of an average, whose others say nothing

_HUGE, _TINY = 1e15, 1e-4  # beyond them, digits alone are hard to count
_FRACTION = 6  # digits


def figure(value: float, digits: int = EXACT) -> str:
    """Return `1,234,567.5`, `0.3` for 0.1 + 0.2, `1.5e18`; 0 is `0`."""
    size = abs(value)
    if size == 0:
        return "0"
    if not _TINY <= size < _HUGE:
        mantissa, _, exponent = f"{value:.4e}".partition("e")
        return f"{_short(mantissa)}e{int(exponent)}"
    fraction = min(_FRACTION, max(0, digits - 1 - floor(log10(size))))
    return _short(f"{value:,.{fraction}f}")


def _short(text: str) -> str:
    """Drop the zeros that end a fraction."""
    return text.rstrip("0").rstrip(".") if "." in text else text
