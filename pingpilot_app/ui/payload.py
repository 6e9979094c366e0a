"""What a handler takes from a browser, as its annotations say it.

Reflex passes on whatever arrived, so `bool` may be a list and `str` a megabyte. What is checked
here has the annotated type, fits a database, and is no larger than a page would send.
"""

import math
from collections.abc import Callable, Mapping
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

Check = Callable[[Any], bool]

TEXT_MAX = 10_000  # characters
INT_MAX = 2**53  # what a browser's numbers hold exactly
ITEMS_MAX = 200  # of one list or dict
NAME_MAX = 200  # characters of a key
DEPTH_MAX = 4

FORM = "__reflex_form_data__"  # how Reflex sends a form: pairs of name and value, in order


def is_text(value: object) -> bool:
    """Tell whether it is text that every database takes: no NUL, no half of a character."""
    if not isinstance(value, str) or len(value) > TEXT_MAX or "\x00" in value:
        return False
    return value.isascii() or not any("\ud800" <= char <= "\udfff" for char in value)


def is_plain(value: object, depth: int = DEPTH_MAX) -> bool:
    """Tell whether it is JSON within all bounds."""
    if value is None or isinstance(value, bool):
        return True
    if isinstance(value, str):
        return is_text(value)
    if isinstance(value, int | float):
        return _is_int(value) or _is_float(value)
    if depth == 0 or not isinstance(value, list | dict) or len(value) > ITEMS_MAX:
        return False
    if isinstance(value, list):
        return all(is_plain(item, depth - 1) for item in value)
    return all(_is_name(key) and is_plain(item, depth - 1) for key, item in value.items())


def check_of(annotation: Any) -> Check:
    """Return what tells whether a value is of `annotation`; TypeError: none is taken as that."""
    if annotation in _KINDS:
        return _KINDS[annotation]
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        checks = [check_of(one) for one in arguments]
        return lambda value: any(check(value) for check in checks)
    if origin is list and arguments != (Any,):
        item = check_of(arguments[0])
        return lambda value: _is_list(value) and all(item(one) for one in value)
    if origin in _KINDS:
        return _KINDS[origin]
    raise TypeError(f"a handler cannot take {annotation} from a browser")


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= INT_MAX


def _is_float(value: object) -> bool:
    return _is_int(value) or (isinstance(value, float) and math.isfinite(value))


def _is_name(value: object) -> bool:
    return is_text(value) and len(str(value)) <= NAME_MAX


def _is_list(value: object) -> bool:
    return isinstance(value, list) and is_plain(value)


def _is_dict(value: object) -> bool:
    return isinstance(value, dict) and is_plain(value) and (FORM not in value or _is_form(value))


def _is_form(value: Mapping[str, Any]) -> bool:
    pairs = value[FORM]
    return (
        len(value) == 1
        and isinstance(pairs, list)
        and all(isinstance(pair, list) and len(pair) == 2 and _is_name(pair[0]) for pair in pairs)
    )


_KINDS: dict[Any, Check] = {
    str: is_text,
    bool: lambda value: isinstance(value, bool),
    int: _is_int,
    float: _is_float,
    NoneType: lambda value: value is None,
    dict: _is_dict,
    list: _is_list,
}
