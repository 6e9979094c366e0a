"""Signing up, in and out, and what needs the password: plain forms, answered by redirects.

What went wrong is told by a code in the address; the page knows the sentence
(pages/entrance/sentences.py). A link's token is used up by a form alone, never by opening the
page: mail scanners open every link they see.
"""

from pingpilot_app.ui.sign_in.place import HOME, page_after
from pingpilot_app.ui.sign_in.routes import PREFIX, is_sign_in_path, sign_in_app

__all__ = ["HOME", "PREFIX", "is_sign_in_path", "page_after", "sign_in_app"]
