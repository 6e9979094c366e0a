"""Kinds of acts, as people look for them: each is some of what acts are done to."""

from dataclasses import dataclass

from pingpilot_app.domain.audit import Action


@dataclass(frozen=True, slots=True)
class Kind:
    """Acts that belong together. `done_to`: the first words of their actions."""

    name: str  # in addresses
    label: str
    done_to: frozenset[str]

    @property
    def actions(self) -> frozenset[Action]:
        """Return the acts of this kind."""
        return frozenset(one for one in Action if one.value.partition(".")[0] in self.done_to)


def _kind(name: str, label: str, done_to: str) -> Kind:
    return Kind(name, label, frozenset(done_to.split()))


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        _kind("sign-in", "Signing in", "session password email second_factor recovery_codes"),
        _kind("people", "People and roles", "invite member"),
        _kind("walls", "Wall links", "wall"),
        _kind("keys", "API keys", "key"),
        _kind("categories", "Categories", "category"),
        _kind("channels", "Channels", "channel own_channel"),
        _kind("events", "Events", "events"),
        _kind("account", "Account and settings", "account preferences profile activity instance"),
    )
}
