"""Whether a password is the right one: asked by every form that takes one."""

from datetime import UTC, datetime

from sqlalchemy import Connection
from starlette.requests import Request

from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.audit import Action, Actor, Entry
from pingpilot_app.domain.client import neighbourhood
from pingpilot_app.domain.errors import Unavailable
from pingpilot_app.domain.password import normal_password
from pingpilot_app.domain.secret import hash_token
from pingpilot_app.storage.audit import add_entry
from pingpilot_app.storage.known_devices import is_known
from pingpilot_app.storage.password_hash import is_outdated
from pingpilot_app.storage.standing import home_of
from pingpilot_app.storage.users import UserView, renew_hash
from pingpilot_app.ui.sign_in.browser import device_in
from pingpilot_app.ui.sign_in.form import client_of
from pingpilot_app.ui.sign_in.hashing import Hashing
from pingpilot_app.ui.throttle import Allowance, Guess, Guesses

HOUR = 3_600.0  # seconds
REFUSALS_NOTED = 10  # of one account, in an hour: a flood must not fill the audit log

_STRANGER = "unknown"


class Checks:
    """Checks the passwords of one instance, ever more slowly for who guesses."""

    def __init__(self, instance: Instance, hashing: Hashing, guesses: Guesses) -> None:
        self._instance = instance
        self.hashing = hashing
        self._guesses = guesses
        self._noted = Allowance(REFUSALS_NOTED, HOUR)

    async def refusal(
        self,
        request: Request,
        user: UserView | None,
        password: str,
        *,
        account: str,
        unproven: bool = True,
    ) -> str:
        """Return empty where the password is the user's, else `wrong` or `wait`.

        What is said, the time it takes and what is counted are the same where there is no such
        user, or one that is not proven and may not come in unless `unproven`. Guesses count by
        `account`. Raises Unavailable where too many come at once.
        """
        guess = await self._guess(request, user, account)
        if not self._guesses.begin(guess):
            return "wait"
        try:
            fits = await self.hashing.fits(user.password_hash if user else None, password)
        except Unavailable:
            self._guesses.unchecked(guess)
            raise
        if user is None or not fits or not (user.proven or unproven):
            self._note(user, client_of(request))
            return "wrong"
        self._guesses.right(guess)
        self._renew(user, password)
        return ""

    async def _guess(self, request: Request, user: UserView | None, account: str) -> Guess:
        device = hash_token(device_in(request, self._instance.settings))
        user_id = user.id if user else ""
        known = await self._instance.database.read(is_known, user_id, device)
        # With another password, such as the operator's command gives, the count begins anew.
        counted = (
            f"{account} {user.password_hash[-16:]}" if user and user.password_hash else account
        )
        return Guess(neighbourhood(client_of(request)), counted, device.hex() if known else "")

    def _note(self, user: UserView | None, client: str) -> None:
        """Write down that somebody was refused: in the background, or its time would tell."""
        if user is not None and self._noted.take(user.id):
            noting = self._instance.writer.run(None, _note_refusal, user, client)
            self._instance.background.begin(noting, "noting a refusal")

    def _renew(self, user: UserView, password: str) -> None:
        """Hash the password anew where that is stronger by now, or where it was not normal."""
        stored = user.password_hash or ""
        if is_outdated(stored) or normal_password(password) != password:
            renewing = self._rehash(user.id, stored, password)
            self._instance.background.begin(renewing, "hashing a password anew")

    async def _rehash(self, user_id: str, stored: str, password: str) -> None:
        fresh = await self.hashing.renew(password)
        await self._instance.writer.run(None, renew_hash, user_id, stored, fresh)


def _note_refusal(connection: Connection, user: UserView, client: str) -> None:
    account_id = home_of(connection, user.id)
    if account_id is None:  # deleted meanwhile
        return
    stranger = Actor(_STRANGER, None, client)
    entry = Entry(Action.SIGN_IN_REFUSED, stranger, account_id, user.email)
    add_entry(connection, entry, datetime.now(UTC))
