"""What each role is for, in words for people."""

from pingpilot_app.domain.role import Role

DUTIES: dict[Role, str] = {
    Role.OWNER: "does everything, names owners and may delete the account",
    Role.ADMIN: "runs the account: channels, keys, categories and people",
    Role.MEMBER: "works on events: claims, comments, sends again",
    Role.VIEWER: "looks, and changes nothing",
}
