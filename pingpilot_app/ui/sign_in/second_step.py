"""The code after the right password: of the authenticator app, or a recovery code."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from pingpilot_app.delivery.account_mail import (
    send_recovery_code_used,
    send_second_factor_guessed,
)
from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.audit import Action, Actor, Entry
from pingpilot_app.domain.second_factor import is_app_code
from pingpilot_app.domain.secret import hash_token
from pingpilot_app.storage.audit import add_entry
from pingpilot_app.storage.second_factor import count_codes, take_code
from pingpilot_app.storage.second_step import (
    TRIES_MAX,
    drop_step,
    find_step,
    take_try,
)
from pingpilot_app.storage.standing import home_of
from pingpilot_app.storage.users import UserView, get_user
from pingpilot_app.storage.vault import KeyLost
from pingpilot_app.ui.sign_in.browser import STEP_PAGE, enter, forget_step, step_token
from pingpilot_app.ui.sign_in.form import back, client_of, text_of
from pingpilot_app.ui.throttle import Allowance, Throttle

CODE_MAX = 64  # characters
WARNED_EVERY = 86_400.0  # seconds


@dataclass(frozen=True, slots=True)
class _Answer:
    """What came of a code. `codes_left` where a recovery code was used; `last`: no try is left.

    `lost`: the key is missing that codes of the app are checked with.
    """

    user: UserView | None = None
    right: bool = False
    codes_left: int | None = None
    last: bool = False
    lost: bool = False


class SecondSteps:
    """The form of one instance.

    Wrong codes are counted for each user, whatever the browser: nobody goes on guessing by
    showing the password again. Five more for each token, in the database.
    """

    def __init__(self, instance: Instance, throttle: Throttle) -> None:
        self._instance = instance
        self._throttle = throttle
        self._warned = Allowance(1, WARNED_EVERY)

    async def answer(self, request: Request, form: FormData) -> Response:
        """Sign in whom the code lets in; whatever is wrong with it gets the same answer."""
        instance = self._instance
        digest = hash_token(step_token(request, instance.settings))
        step = await instance.database.read(find_step, digest, instance.clock())
        if step is None or not step.open:
            return self._too_late(step.page if step else "")
        key = ("second-factor", step.user_id)
        if self._throttle.wait(key) > 0:
            return back(STEP_PAGE, "wait")
        self._throttle.failed(key)  # before the look: of many at once, each one counts
        field = "recovery" if text_of(form, "recovery") else "code"
        given = text_of(form, field)[:CODE_MAX], client_of(request), instance.clock()
        answer = await instance.writer.run(None, _take, digest, *given)
        if answer.lost:
            return back(STEP_PAGE, "lost")
        self._tell(answer)
        if not answer.right:
            return self._too_late(step.page) if answer.last else back(STEP_PAGE, field)
        self._throttle.succeeded(key)
        entered = await enter(instance, request, step.user_id, step.page, proved=True)
        return forget_step(entered, instance.settings)

    def _too_late(self, page: str) -> Response:
        return forget_step(back("/login", "step", next=page), self._instance.settings)

    def _tell(self, answer: _Answer) -> None:
        begin, user = self._instance.background.begin, answer.user
        if user is None:
            return
        if answer.codes_left is not None:
            used = send_recovery_code_used(self._instance, user.email, answer.codes_left)
            begin(used, "telling of a recovery code")
        elif answer.last and self._warned.take(user.id):
            begin(send_second_factor_guessed(self._instance, user.email), "warning of guesses")


def _take(connection: Connection, digest: bytes, text: str, client: str, now: datetime) -> _Answer:
    """Look whether the code is right, and use up what it takes: a try, the code, the token."""
    tries, step = take_try(connection, digest, now), find_step(connection, digest, now)
    user = get_user(connection, step.user_id) if tries and step else None
    if user is None:
        return _Answer(last=True)
    try:
        right = take_code(connection, user.id, text, now)
    except KeyLost:
        return _Answer(user, lost=True)
    if not right:
        last = tries == TRIES_MAX
        if last:
            _note(connection, Action.SIGN_IN_REFUSED, user, client, now)
        return _Answer(user, last=last)
    drop_step(connection, digest)
    if is_app_code(text):
        return _Answer(user, right=True)
    _note(connection, Action.RECOVERY_CODE_USED, user, client, now)
    return _Answer(user, right=True, codes_left=count_codes(connection, user.id))


def _note(
    connection: Connection, action: Action, user: UserView, client: str, now: datetime
) -> None:
    account_id = home_of(connection, user.id)
    actor = Actor(user.email, user.id, client or None)
    add_entry(connection, Entry(action, actor, account_id, "second factor"), now)
