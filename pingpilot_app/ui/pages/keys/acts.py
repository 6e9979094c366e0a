"""What a person does to the keys of their account; each act is written down with it."""

from datetime import timedelta
from typing import Any

from pingpilot_app.delivery.instance import current
from pingpilot_app.domain.api_key import Scope
from pingpilot_app.domain.audit import Action
from pingpilot_app.domain.errors import Invalid, PingPilotError, Problem
from pingpilot_app.domain.network import Network, parse_networks, shown_network
from pingpilot_app.domain.role import demand_key
from pingpilot_app.storage.api_keys import (
    list_api_keys,
    revoke_api_key,
    rotate_api_key,
    set_networks,
)
from pingpilot_app.storage.sessions import SessionView
from pingpilot_app.ui.browser_acts import toast
from pingpilot_app.ui.entered import entered, is_ticked, now
from pingpilot_app.ui.fresh_key import NewKey, make_key, new_key
from pingpilot_app.ui.pages.keys.expiry import OVERLAPS, USUAL_OVERLAP, expiry_of

LIST_MAX = 2_000  # characters; 20 networks of the longest form need half of that


async def create(session: SessionView, form: object) -> str:
    """Make the key that a form describes and return it. Raises PingPilotError."""
    return await make_key(
        session,
        NewKey(
            name=entered(form, "name"),
            scopes=[scope for scope in Scope if is_ticked(form, scope.value)],
            expires_at=expiry_of(entered(form, "expiry"), entered(form, "expires_on"), now()),
            networks=networks_in(form),
        ),
    )


def networks_in(form: object) -> tuple[Network, ...]:
    """Return the networks that a form lists. Raises Invalid."""
    # Not `entered`: a list that is cut off could end in another address than was meant.
    text: Any = form.get("networks") if isinstance(form, dict) else None
    if not isinstance(text, str):
        return ()
    if len(text) > LIST_MAX:
        sentence = f"List the addresses in at most {LIST_MAX:,} characters."
        raise Invalid(sentence, (Problem("networks", sentence),))
    return parse_networks(text)


async def change_networks(session: SessionView, key_id: str, name: str, form: object) -> None:
    """Let a key be used from the listed networks alone. Raises PingPilotError."""
    networks = networks_in(form)
    listed = ", ".join(map(shown_network, networks)) or "anywhere"
    entry = session.act(Action.KEY_CHANGED, name, key=key_id, networks=listed)
    here = session.account_id, key_id, networks, now()
    await current().writer.act(entry, set_networks, *here)


async def rotate(session: SessionView, key_id: str, name: str, form: object) -> str:
    """Make a key in the place of another and return it. Raises PingPilotError."""
    for known in await current().database.read(list_api_keys, session.account_id):
        if known.id == key_id:
            demand_key(session.role, known.scopes)
    fresh, choice = new_key(), entered(form, "overlap")
    overlap = OVERLAPS.get(choice, OVERLAPS[USUAL_OVERLAP])[1]
    entry = session.act(Action.KEY_ROTATED, name, key=key_id, old_key_works=_shown_overlap(overlap))
    here = session.account_id, key_id, fresh, now()
    await current().writer.act(entry, rotate_api_key, *here, overlap=overlap)
    return fresh.key


def _shown_overlap(overlap: timedelta) -> str:
    return f"{overlap.total_seconds() / 3600:g} hours more" if overlap else "not any more"


async def revoke(session: SessionView, key_id: str, name: str) -> Any:
    """Revoke a key and say so."""
    entry = session.act(Action.KEY_REVOKED, name, key=key_id)
    try:
        await current().writer.act(entry, revoke_api_key, session.account_id, key_id, now())
    except PingPilotError as refusal:
        return toast.error(refusal.message)
    return toast.success("Revoked. Requests with this key get 401 from now on.")
