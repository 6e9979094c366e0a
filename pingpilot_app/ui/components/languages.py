"""The call that sends an event, written out in four languages; each runs as it is."""

import json
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

DESCRIPTION = "Checkout fails for carts over 100 items"
FIELDS: dict[str, str | int] = {"severity": "high", "carts": 3}

# What an address may be made of (RFC 3986), without what curl would expand.
_OF_ADDRESSES = ":/?#[]@!$&'()*+,;=%-._~"


@dataclass(frozen=True)
class Call:
    """The request: where to, with which key, about which category."""

    url: str
    key: str
    category: str

    @property
    def address(self) -> str:
        """Return the URL with everything escaped that an address cannot hold."""
        return quote(self.url, safe=_OF_ADDRESSES)

    def body(self, indent: str = "") -> str:
        """Return the event as JSON; `indent` is put before every line but the first."""
        text = "{{\n  {},\n  {},\n  {}\n}}".format(
            f'"category": {quoted(self.category)}',
            f'"description": {quoted(DESCRIPTION)}',
            f'"fields": {json.dumps(FIELDS)}',
        )
        return text.replace("\n", f"\n{indent}")


def quoted(text: str) -> str:
    """Return `text` as a literal in double quotes: the same in JSON, JavaScript, Python and Go."""
    literal = json.dumps(text, ensure_ascii=False)
    # What cannot be seen is written out; Go also refuses a byte order mark within a source.
    return "".join(
        one if one.isprintable() or ord(one) > 0xFFFF else f"\\u{ord(one):04x}" for one in literal
    )


def curl(call: Call) -> str:
    """Return a command for a shell as POSIX has it."""
    bearer = shlex.quote(f"Authorization: Bearer {call.key}")
    return (
        f"curl {shlex.quote(call.address)} \\\n"
        f"  -H {bearer} \\\n"
        "  -H 'Content-Type: application/json' \\\n"
        f"  -d {shlex.quote(call.body('  '))}"
    )


def javascript(call: Call) -> str:
    """Return a module for Node 18 and later, Deno or Bun."""
    return f"""\
const response = await fetch({quoted(call.address)}, {{
  method: "POST",
  headers: {{
    "Authorization": {quoted(f"Bearer {call.key}")},
    "Content-Type": "application/json",
  }},
  body: JSON.stringify({call.body("  ")}),
}});
console.log(response.status, await response.json());
"""


def python(call: Call) -> str:
    """Return a script for Python 3 that needs nothing but its standard library."""
    return f"""\
import json
from urllib.error import HTTPError
from urllib.request import Request, urlopen

event = {call.body()}
headers = {{
    "Authorization": {quoted(f"Bearer {call.key}")},
    "Content-Type": "application/json",
}}
request = Request({quoted(call.address)}, json.dumps(event).encode(), headers)
try:
    with urlopen(request, timeout=10) as response:
        print(response.status, response.read().decode())
except HTTPError as refusal:
    print(refusal.code, refusal.read().decode())
"""


def go(call: Call) -> str:
    """Return a program for Go 1.16 and later that needs nothing but its standard library."""
    body = call.body("\t\t").replace("`", "\\u0060")  # it stands in a literal without escapes
    return f"""\
package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"
)

func main() {{
	event := strings.NewReader(`{body}`)
	request, err := http.NewRequest("POST", {quoted(call.address)}, event)
	if err != nil {{
		panic(err)
	}}
	request.Header.Set("Authorization", {quoted(f"Bearer {call.key}")})
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {{
		panic(err)
	}}
	defer response.Body.Close()
	answer, _ := io.ReadAll(response.Body)
	fmt.Println(response.StatusCode, string(answer))
}}
"""


@dataclass(frozen=True)
class Language:
    """One of the four. `place` says where its code goes, and how it is run."""

    name: str
    label: str
    place: str
    write: Callable[[Call], str]


LANGUAGES = (
    Language("curl", "curl", "In a terminal", curl),
    Language("javascript", "JavaScript", "event.mjs, then: node event.mjs", javascript),
    Language("python", "Python", "event.py, then: python3 event.py", python),
    Language("go", "Go", "main.go, then: go run main.go", go),
)
