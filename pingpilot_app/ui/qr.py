"""Links as pictures that a phone's camera reads."""

import segno


def qr_of(link: str) -> str:
    """Return the link as a QR code: an SVG picture, black on white, within a data: URI."""
    code = segno.make(link, micro=False, error="m")
    return str(code.svg_data_uri(scale=4, border=4, dark="#000", light="#fff"))
