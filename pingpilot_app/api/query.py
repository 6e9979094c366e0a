"""The query of a request, of which nothing is silently left out."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from pingpilot_app.api.auth import require
from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.api_key import Scope
from pingpilot_app.domain.document import shortened
from pingpilot_app.domain.errors import Invalid, Problem
from pingpilot_app.storage.api_keys import KeyEntry


def caller(
    instance: Instance, scope: Scope, *parameters: str
) -> Callable[[Request, Response], Awaitable[KeyEntry]]:
    """Return a dependency that answers who calls, as `require`, and then checks the query.

    It refuses what is not one of `parameters`, and what is given more than once: a misspelt
    `dryRun` must not send anything.
    """
    authorized = require(instance, scope)

    async def answer(request: Request, response: Response) -> KeyEntry:
        entry = await authorized(request, response)
        check_query(request, parameters)
        return entry

    return answer


def check_query(request: Request, parameters: tuple[str, ...]) -> None:
    """Raise Invalid for what is not one of `parameters`, and what is given more than once."""
    if not request.scope["query_string"]:
        return
    given = [name for name, _ in request.query_params.multi_items()]
    for name in given:
        if name not in parameters:
            raise _invalid(name, f"is not a parameter of this call. {_known(parameters)}")
        if given.count(name) > 1:
            raise _invalid(name, "is given more than once. Send it once.")


def _known(parameters: tuple[str, ...]) -> str:
    return f"It takes {', '.join(parameters)}." if parameters else "It takes none."


def _invalid(name: str, words: str) -> Invalid:
    sentence = f"{shortened(name)} {words}"
    return Invalid(sentence, (Problem(name, sentence),))
