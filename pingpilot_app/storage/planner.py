"""A hint for SQLite, which chooses an index without knowing what is in the tables."""

from typing import Any

from sqlalchemy import Boolean
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class rarely(FunctionElement[bool]):  # noqa: N801  # reads as a function of SQL
    """A condition that few rows meet, so that an index on it pays.

    Sorted by id, events of one category would else be picked out of all of the account's, and a
    category without events be known as such only after the last of a million.
    https://www.sqlite.org/lang_corefunc.html#likelihood
    """

    type = Boolean()
    inherit_cache = True

    def self_group(self, against: Any = None) -> Any:  # noqa: ARG002  # as SQLAlchemy calls it
        """Stay as it is: compared with 1, it would be no condition that an index has."""
        return self


@compiles(rarely)
def _plain(element: rarely, compiler: Any, **options: Any) -> str:
    return f"({compiler.process(element.clauses, **options)})"


@compiles(rarely, "sqlite")
def _likelihood(element: rarely, compiler: Any, **options: Any) -> str:
    return f"likelihood({compiler.process(element.clauses, **options)}, 0.0001)"
