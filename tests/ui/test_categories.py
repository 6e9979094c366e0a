"""Categories: made, changed in their place, deleted after a question."""

from datetime import UTC, datetime

import pytest

from pingpilot_app.delivery.instance import Instance
from pingpilot_app.storage.categories import add_quick_start
from pingpilot_app.ui.pages.categories import CategoriesState
from tests.ui.conftest import Person, says, state_of

BLUE = {"name": "Incident", "color": "#0000ff", "emoji": "🔥"}


async def shown(instance: Instance, person: Person) -> CategoriesState:
    """Return the page of a person who has the categories of the quick start."""
    account_id, now = person.account_id, datetime.now(UTC)
    await instance.writer.run(account_id, add_quick_start, account_id, now)
    state = state_of(CategoriesState, person.cookie)
    await state._show()
    return state


async def test_a_category_gets_another_name_colour_and_emoji(
    instance: Instance, alice: Person
) -> None:
    state = await shown(instance, alice)
    await CategoriesState.edit.fn(state, "bug")

    await CategoriesState.change.fn(state, BLUE)

    row = next(row for row in state.rows if row.name == "incident")
    assert (row.color, row.emoji, state.editing) == ("#0000ff", "🔥", "")
    assert "bug" not in [row.name for row in state.rows]


async def test_an_emoji_can_be_taken_away(instance: Instance, alice: Person) -> None:
    state = await shown(instance, alice)
    await CategoriesState.edit.fn(state, "bug")

    await CategoriesState.change.fn(state, {"name": "bug", "color": "#0000ff", "emoji": ""})

    assert (state.rows[0].emoji, state.rows[0].own_emoji) == ("🔔", "")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"name": "sale"}, "name"), ({"name": "two words"}, "name"), ({"color": "blue"}, "color")],
)
async def test_what_is_wrong_is_told_and_the_form_stays_open(
    instance: Instance, alice: Person, wrong: dict[str, str], field: str
) -> None:
    state = await shown(instance, alice)
    await CategoriesState.edit.fn(state, "bug")

    await CategoriesState.change.fn(state, BLUE | wrong)

    assert (state.errors.keys(), state.editing) == ({field}, "bug")


async def test_what_is_not_being_changed_stays(instance: Instance, alice: Person) -> None:
    state = await shown(instance, alice)

    await CategoriesState.change.fn(state, BLUE)
    await state._show()

    assert [row.name for row in state.rows] == ["bug", "question", "sale"]


async def test_a_category_of_another_account_is_not_changed(
    instance: Instance, alice: Person, charlie: Person
) -> None:
    hers = await shown(instance, alice)
    his = state_of(CategoriesState, charlie.cookie)
    his.editing = "bug"

    await CategoriesState.change.fn(his, BLUE)
    await hers._show()

    assert "name" in his.errors
    assert [row.name for row in hers.rows] == ["bug", "question", "sale"]


async def test_the_question_says_what_goes(instance: Instance, alice: Person) -> None:
    state = await shown(instance, alice)

    await CategoriesState.ask.fn(state, "bug")
    assert (state.doomed_name, state.doomed_text[:18]) == ("bug", "It has no events. ")

    assert says(await CategoriesState.delete.fn(state), "Deleted bug and 0 events.")


async def test_a_form_whose_category_is_gone_closes(instance: Instance, alice: Person) -> None:
    state = await shown(instance, alice)
    other = await shown(instance, alice)
    await CategoriesState.edit.fn(state, "bug")
    await CategoriesState.ask.fn(other, "bug")
    await CategoriesState.delete.fn(other)

    await state._show()

    assert state.editing == ""
