"""What the codes in the address of a form's page mean."""

from pingpilot_app.domain.password import LENGTH_MAX, LENGTH_MIN

# The field that it stands beside, empty for the top of the form; and the sentence.
ERRORS = {
    "wrong": ("", "Email or password is not right. Check both and try again."),
    "wait": ("", "Too many tries. Wait a few minutes, then try again."),
    "later": ("", "PingPilot cannot sign you in right now. Try again in a moment."),
    "taken": ("", "This PingPilot is set up already. Sign in instead."),
    "known": ("", "You have an account already. Sign in with it."),
    "current": ("password", "This is not the password of the account. Check it and try again."),
    "email": ("email", "Enter an email address such as ada@example.org."),
    "password": (
        "password",
        f"The password must have {LENGTH_MIN} to {LENGTH_MAX} characters. A sentence works.",
    ),
}
DONE = {
    "confirmed": "Confirmed. Events arrive at this address from now on.",
    "deleted": "Your account is deleted. Thank you for having been here.",
}
