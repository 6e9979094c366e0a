"""What the codes in the address of a form's page mean."""

from pingpilot_app.domain.password import SENTENCES

_WRONG = (
    "Email or password is not right. Check both and try again. If you have just signed up, open "
    "the link in our mail first."
)

_HOMELESS = (
    "That was right, but you belong to no account any more. Your login stays: ask somebody of a "
    "team to invite you."
)
_CODE = "This code is not right, or was used already. Check it, or wait for the next one."

# The field that it stands beside, empty for the top of the form; and the sentence.
ERRORS = {
    "wrong": ("", _WRONG),
    "wait": ("", "Too many tries. Wait a few minutes, then try again."),
    "later": ("", "PingPilot cannot sign you in right now. Try again in a moment."),
    "homeless": ("", _HOMELESS),
    "taken": ("", "This PingPilot is set up already. Sign in instead."),
    "known": ("", "You have an account already. Sign in with it."),
    "code": ("code", _CODE),
    "recovery": ("recovery", _CODE),
    "lost": (
        "recovery",
        "Codes of the app cannot be checked right now. Use one of your recovery codes.",
    ),
    "step": (
        "",
        "That took longer than five minutes, or too many codes were not right. Sign in again.",
    ),
    "current": ("password", "This is not the password of the account. Check it and try again."),
    "email": ("email", "Enter an email address such as ada@example.org."),
    "name": ("name", "Enter a name of at most 60 characters."),
    **{code: ("password", sentence) for code, sentence in SENTENCES.items()},
}
DONE = {
    "confirmed": "Confirmed. Events arrive at this address from now on.",
    "deleted": "Your account is deleted. Thank you for having been here.",
}
