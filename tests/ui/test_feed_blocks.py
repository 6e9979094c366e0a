"""How rows travel: each stays in its block, whatever comes and goes around it."""

import random

from pingpilot_app.ui.pages.feed.blocks import ROWS_MAX, SIZE, SLOTS, Blocks, arranged, rows_in
from pingpilot_app.ui.rows import EventRow


def row(number: int, status: str = "PENDING") -> EventRow:
    return EventRow(
        id=f"evt_{number:026}",
        path="",
        category="bug",
        emoji="",
        color="",
        description="",
        fields=[],
        more=0,
        status=status,
        at="",
        deliveries=[],
    )


def rows(*numbers: int) -> list[EventRow]:
    """Return rows, newest first."""
    return [row(number) for number in sorted(numbers, reverse=True)]


def changed(before: Blocks, after: Blocks) -> int:
    """Return how many rows travel."""
    return sum(len(block) for slot, block in after.items() if before.get(slot) != block)


def test_rows_keep_their_order() -> None:
    assert rows_in(arranged(rows(*range(50)), {})) == rows(*range(50))


def test_a_new_row_takes_few_others_with_it() -> None:
    before = arranged(rows(*range(50)), {})

    after = arranged(rows(*range(1, 51)), before)

    assert rows_in(after) == rows(*range(1, 51))
    assert changed(before, after) <= 2 * SIZE


def test_a_changed_status_takes_its_block_alone() -> None:
    before = arranged(rows(*range(50)), {})
    now = [row(30, "DELIVERED") if one == row(30) else one for one in rows(*range(50))]

    assert changed(before, arranged(now, before)) <= SIZE


def test_a_row_that_comes_late_stands_where_it_belongs() -> None:
    before = arranged(rows(*range(0, 40, 2)), {})

    late = rows(*range(0, 40, 2), 17)

    assert rows_in(arranged(late, before)) == late


def test_nothing_is_lost_or_doubled_whatever_comes_and_goes() -> None:
    choose = random.Random(7)  # noqa: S311  # the same numbers in every run
    blocks: Blocks = {}
    for _ in range(300):
        numbers = choose.sample(range(1_000), choose.randrange(ROWS_MAX))
        blocks = arranged(rows(*numbers), blocks)
        assert rows_in(blocks) == rows(*numbers)
        assert set(blocks) <= set(range(SLOTS))


def test_a_list_that_grows_and_moves_on_always_finds_room() -> None:
    blocks: Blocks = {}
    for newest in range(0, 3_000, 7):
        numbers = range(max(0, newest - ROWS_MAX), newest)
        blocks = arranged(rows(*numbers), blocks)
        assert rows_in(blocks) == rows(*numbers)
