"""What the codes in the address of /settings mean, which its forms lead back with."""

from pingpilot_app.domain.password import SENTENCES

FORMS = (
    *("email", "password", "delete"),
    *("second-factor", "second-factor-off", "second-factor-move", "recovery-codes"),
)

# The field that it stands beside, and the sentence.
ERRORS = {
    "current": ("current", "This is not your password. Check it and try again."),
    "wait": ("current", "Too many tries. Wait a few minutes, then try again."),
    "email": ("email", "Enter an email address such as ada@example.org."),
    "same": ("email", "This is the address that you sign in with already."),
    **{code: ("password", sentence) for code, sentence in SENTENCES.items()},
    "confirm": ("confirm", "This is not the address of your account. Enter it to the letter."),
    "code": (
        "code",
        "This code is not right, or the set-up took over 15 minutes. Try again.",
    ),
    "factor": (
        "code",
        "This code is not right, or was used already. Check it, or wait for the app's next one.",
    ),
    "lost": (
        "code",
        "The app's codes cannot be checked right now: enter one of your recovery codes.",
    ),
    "begun": ("code", "What was begun cannot be read any more. Cancel, then start again."),
    "demanded": (
        "code",
        "This PingPilot asks you for a second factor: move it to another app instead.",
    ),
    "tries": ("code", "Too many tries. Wait a few minutes, then try again."),
    "proof": ("current", "Confirm your address first: letters about this go there."),
    "understood": ("understood", "Tick this first: you are the only operator."),
}
DONE = {
    "password": "Your password is changed, and all your other browsers are signed out.",
    "second-factor-on": "The second factor is on, and all your other browsers are signed out.",
    "second-factor-off": "The second factor is off. Your password alone is enough now.",
    "recovery-codes": "You have new recovery codes. The ones before work no longer.",
    "address": "Your address is confirmed.",
    "email-sent": "A mail is on its way to the new address. Open its link to make the change; "
    "until then everything stays as it is.",
}
