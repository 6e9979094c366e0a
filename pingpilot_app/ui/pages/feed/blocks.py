"""How rows travel to the browser: in small blocks, so that a change sends its block alone.

Reflex sends a var as a whole whenever it is set. One list of fifty rows would send all fifty,
five times a second, for each new one. So each block is a var of its own, and `order` says which
of them make up the list. A row stays in its block for as long as it is shown.
"""

from collections.abc import Sequence
from itertools import chain

import reflex as rx

from pingpilot_app.ui.rows import EventRow

SIZE = 4  # rows of one block, unless some arrive between them
ROWS_MAX = 400
SLOTS = ROWS_MAX // SIZE * 3 // 2  # blocks grow thin at both ends

Blocks = dict[int, list[EventRow]]  # by the number of their var, in the order they are shown


def arranged(rows: Sequence[EventRow], before: Blocks) -> Blocks:
    """Return `rows` in blocks: what has been in one of `before` stays in it."""
    home = {row.id: slot for slot, block in before.items() for row in block}
    taken = {home[row.id] for row in rows if row.id in home}
    free = iter(sorted(set(range(SLOTS)) - taken))
    blocks: Blocks = {}
    slot: int | None = None
    for row in reversed(rows):  # from the oldest, so that the newest block is the one to fill
        known = home.get(row.id)
        if known is not None and (known == slot or known not in blocks):
            slot = known
        elif slot is None or len(blocks[slot]) >= SIZE:
            slot = next(free, None)
        if slot is None:
            return arranged(rows, {})
        blocks.setdefault(slot, []).append(row)
    return {slot: block[::-1] for slot, block in reversed(blocks.items())}


def rows_in(blocks: Blocks) -> list[EventRow]:
    """Return the rows in the order they are shown."""
    return list(chain.from_iterable(blocks.values()))


def name_of(slot: int) -> str:
    """Return the name of the var that holds a block."""
    return f"block_{slot}"


def add_block_vars(state: type[rx.State]) -> None:
    """Give a state the vars for its blocks."""
    for slot in range(SLOTS):
        state.add_var(name_of(slot), list[EventRow], [])


def rows_var(state: type[rx.State], order: rx.Var[list[int]]) -> rx.Var[list[EventRow]]:
    """Return all rows as the browser puts them together: block after block, as `order` says."""
    first = str(getattr(state, name_of(0)))  # `feed_state.block_0_rx_state_`
    context, _, name = first.partition(".")
    before, after = name.split(name_of(0))
    key = f'"{before}{name_of(0)[:-1]}" + slot + "{after}"'
    return rx.Var(
        _js_expr=f"({order}.flatMap((slot) => {context}[{key}]))",
        _var_type=list[EventRow],
        _var_data=order._get_all_var_data(),
    ).guess_type()
