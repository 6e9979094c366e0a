"""Codes of an authenticator app (RFC 6238), and recovery codes that stand in for it.

Six digits, 30 seconds, SHA-1: what every authenticator app can do.
"""

import secrets
from datetime import datetime, timedelta

import pyotp

from pingpilot_app.domain.ids import ALPHABET

SETUP_LIFETIME = timedelta(minutes=15)  # from the QR code to the first code of the app
WINDOW = 1  # steps of 30 seconds that a phone's clock may be off
RECOVERY_CODES = 10
FEW = 3  # recovery codes left, from which on to make new ones

_DIGITS = 6
_GROUPS = 6  # of four characters of 5 bits: 120 bits, so that a plain hash is enough to keep them
_TYPOS = str.maketrans({"o": "0", "i": "1", "l": "1", "-": None, " ": None})


def new_secret() -> str:
    """Return a fresh secret of 160 bits, as base32."""
    return pyotp.random_base32()


def setup_link(secret: str, address: str, host: str) -> str:
    """Return the `otpauth:` link that an app takes the secret from; `host` names the instance."""
    issuer = f"PingPilot {host}".strip().replace(":", " ")
    return pyotp.TOTP(secret).provisioning_uri(name=address, issuer_name=issuer)


def step_of(secret: str, text: str, now: datetime) -> int | None:
    """Return the time step that the code belongs to, None where it fits none near `now`.

    https://www.rfc-editor.org/rfc/rfc6238#section-5.2
    """
    if not is_app_code(text):
        return None
    code = pyotp.TOTP(secret)
    try:
        return code.verify_and_get_timecode(_bare(text), for_time=now, valid_window=WINDOW)
    except pyotp.OTPVerificationError:
        return None


def is_app_code(text: str) -> bool:
    """Tell whether `text` looks like what an app shows: six digits, perhaps in two groups."""
    bare = _bare(text)
    return len(bare) == _DIGITS and bare.isascii() and bare.isdecimal()


def new_recovery_codes() -> list[str]:
    """Return ten fresh codes of 120 bits, in groups as they are shown."""
    return ["-".join(_group() for _ in range(_GROUPS)) for _ in range(RECOVERY_CODES)]


def bare_recovery_code(text: str) -> str:
    """Return a recovery code as it is hashed, whatever its case, its hyphens and usual typos."""
    return text.lower().translate(_TYPOS)


def _group() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(4))


def _bare(text: str) -> str:
    return text.replace(" ", "")
