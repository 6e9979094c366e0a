"""Columns whose values lie encrypted in the database and are plain to those who query it."""

import json
from collections.abc import Callable
from typing import Any

from sqlalchemy import Dialect, String
from sqlalchemy.sql import operators
from sqlalchemy.types import TypeDecorator

from pingpilot_app.storage.vault import KeyLost, vault_of


class Sealed(TypeDecorator[Any]):
    """Text that is encrypted on its way into `place`, a table and its column.

    A value that no key opens reads as `blank()`; where there is none, reading raises KeyLost.
    Each writing of the same text looks different, so the database cannot compare or sort by it.
    """

    impl = String
    cache_ok = True

    def __init__(self, place: str, blank: Callable[[], Any] | None = None) -> None:
        super().__init__()
        self.place = place
        self.blank = blank

    class comparator_factory(TypeDecorator.Comparator[Any]):  # noqa: N801  # SQLAlchemy's name
        """Lets queries ask whether there is a value, and nothing else."""

        def operate(self, op: Any, *other: Any, **kwargs: Any) -> Any:
            """Refuse what would compare ciphertext."""
            if op not in (operators.is_, operators.is_not):
                raise TypeError(f"{self.expr} is encrypted: compare it after reading")
            return super().operate(op, *other, **kwargs)

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Seal."""
        return None if value is None else vault_of(dialect).seal(self.place, self._text(value))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """Open. Raises KeyLost where a value that has no blank cannot be opened."""
        if value is None:
            return None
        try:
            return self._value(vault_of(dialect).open(self.place, value))
        except KeyLost:
            if self.blank is None:
                raise
            return self.blank()

    def _text(self, value: Any) -> str:
        return str(value)

    def _value(self, text: str) -> Any:
        return text


EMPTY = "{}"  # says nothing, so it is not worth encrypting


class SealedJson(Sealed):
    """The same for a JSON object; an empty one is left as it is."""

    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Seal what there is."""
        return super().process_bind_param(value, dialect) if value else EMPTY

    def _text(self, value: Any) -> str:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    def _value(self, text: str) -> Any:
        return json.loads(text)
