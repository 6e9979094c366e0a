"""The audit log in words: a sentence for each kind of act, and what of it changed."""

from collections.abc import Mapping
from typing import Any

from pingpilot_app.domain.audit import Action

# `{}` is the subject. Where there is none, it is left out with the word before it.
SENTENCES: dict[Action, str] = {
    Action.ACCOUNT_OPENED: "opened the account {}",
    Action.ACCOUNT_RENAMED: "renamed the account",
    Action.ACCOUNT_REMOVED: "deleted the account {}",
    Action.ACCOUNT_EXPORTED: "took a copy of the whole account",
    Action.PLAN_CHANGED: "changed the plan",
    Action.RETENTION_CHANGED: "changed how long events are kept",
    Action.OPERATOR_CHANGED: "changed who is an operator: {}",
    Action.SIGNED_IN: "signed in",
    Action.SIGN_IN_REFUSED: "was not let in",
    Action.SIGNED_OUT: "signed out",
    Action.SIGNED_OUT_EVERYWHERE: "signed {} out of every browser",
    Action.PASSWORD_CHANGED: "changed the password",
    Action.PASSWORD_RESET: "set a new password by mail",
    Action.EMAIL_CHANGED: "changed the address to sign in with",
    Action.EMAIL_PROVED: "confirmed the address {}",
    Action.PREFERENCES_CHANGED: "changed how days are counted",
    Action.PROFILE_CHANGED: "changed what colleagues call them",
    Action.SECOND_FACTOR_ON: "switched the second step of signing in on",
    Action.SECOND_FACTOR_OFF: "switched the second step of signing in off",
    Action.RECOVERY_CODES_MADE: "made new recovery codes",
    Action.RECOVERY_CODE_USED: "signed in by a recovery code",
    Action.INVITED: "invited {}",
    Action.INVITE_WITHDRAWN: "withdrew the invite for {}",
    Action.MEMBER_JOINED: "joined as {}",
    Action.MEMBER_CHANGED: "changed the role of {}",
    Action.MEMBER_REMOVED: "removed {} from the account",
    Action.MEMBER_LEFT: "left the account",
    Action.ACCOUNT_HANDED_OVER: "handed the account over to {}",
    Action.WALL_CREATED: "made the wall link {}",
    Action.WALL_REVOKED: "revoked the wall link {}",
    Action.KEY_CREATED: "made the API key {}",
    Action.KEY_ROTATED: "replaced the API key {}",
    Action.KEY_CHANGED: "changed from where the API key {} works",
    Action.KEY_REVOKED: "revoked the API key {}",
    Action.CATEGORY_CREATED: "added the category {}",
    Action.CATEGORY_CHANGED: "changed the category {}",
    Action.CATEGORY_DELETED: "deleted the category {} with its events",
    Action.CHANNEL_SWITCHED: "switched {}",
    Action.CHANNEL_SET: "set where {} goes",
    Action.CHANNEL_PROVED: "proved the address of {}",
    Action.CHANNEL_MENDED: "got {} to work again by a test",
    Action.CHANNELS_ORDERED: "changed which channel is used first",
    Action.OWN_CHANNEL_SWITCHED: "switched their own {}",
    Action.OWN_CHANNEL_SET: "set where their own {} goes",
    Action.OWN_CHANNEL_PROVED: "proved the address of their own {}",
    Action.OWN_CHANNEL_MENDED: "got their own {} to work again by a test",
    Action.OWN_EVENTS_CHOSEN: "chose which events they get at channels of their own",
    Action.EVENTS_REPLAYED: "sent events again {}",
    Action.EVENTS_EXPORTED: "exported events of {}",
    Action.ACTIVITY_EXPORTED: "exported who changed what",
    Action.CHANNEL_DIVERTED: "chose where {} of every account goes",
    Action.ENCRYPTION_ROTATED: "changed the key that secrets are encrypted with",
    Action.RESTORED: "restored the backup {}",
}


def act_sentence(action: Action, subject: str) -> str:
    """Return what was done, fit to stand behind who did it: `deleted the category bug`."""
    return " ".join(SENTENCES[action].format(subject).split())


def detail_text(detail: Mapping[str, Any]) -> str:
    """Return what changed: `plan: FREE → PRO · kept: 30 days → for ever`; empty for nothing."""
    return " · ".join(f"{_spaced(name)}: {_word(value)}" for name, value in detail.items())


def _spaced(name: str) -> str:
    return name.replace("_", " ")


def _word(value: object) -> str:
    words = {True: "yes", False: "no", None: "nothing"}
    return words[value] if value is None or isinstance(value, bool) else str(value)
