"""What a password has to be."""

from pingpilot_app.domain.errors import Invalid, Problem

LENGTH_MIN = 15  # NIST SP 800-63B-4 for passwords that are the only factor
LENGTH_MAX = 256


def check_password(password: object) -> str:
    """Return the password. Raises Invalid."""
    if not isinstance(password, str) or not LENGTH_MIN <= len(password) <= LENGTH_MAX:
        sentence = (
            f"The password must have {LENGTH_MIN} to {LENGTH_MAX} characters. A sentence works."
        )
        raise Invalid(sentence, (Problem("password", sentence),))
    return password
