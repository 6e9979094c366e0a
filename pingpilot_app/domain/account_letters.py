"""What people are written about their accounts. Every function returns a whole letter."""

from dataclasses import dataclass
from datetime import datetime

from pingpilot_app.domain.letter import Letter
from pingpilot_app.domain.notice import NoticeKind

_NOT_YOU = "If that was not you, ignore this mail: without the link nothing happens."


def verification_letter(url: str, now: datetime) -> Letter:
    """Ask the owner of an address to prove it."""
    return Letter(
        subject="Confirm your address for PingPilot",
        paragraphs=(
            "Somebody, hopefully you, opened a PingPilot account with this address.",
            "Confirm that it is yours, and PingPilot may send your events here.",
        ),
        created_at=now,
        action="Confirm this address",
        url=url,
        closing=("The link works once, for 24 hours.", _NOT_YOU),
    )


def channel_letter(code: str, link: str, url: str, now: datetime) -> Letter:
    """Ask the reader of a mailbox whether events may be sent there. No account writes any of it."""
    how = (
        f"Your PingPilot code is {code}. Enter it in the dashboard under Channels within "
        "10 minutes, or confirm by the link."
    )
    not_you = (
        "If you did not ask for it, ignore this mail: nothing else is sent here. To stop such "
        f"mails, ask whoever runs {url}."
    )
    return Letter(
        subject="Confirm this address for events of PingPilot",
        paragraphs=(
            "Somebody, hopefully you, wants to receive events of PingPilot at this address.",
            how,
        ),
        created_at=now,
        action="Confirm this address",
        url=link,
        closing=("The link works once, for 24 hours.", not_you),
    )


def taken_letter(url: str, now: datetime) -> Letter:
    """Tell the owner of an account that somebody tried to open another with the address."""
    return Letter(
        subject="You already have a PingPilot account",
        paragraphs=(
            "Somebody, perhaps you, tried to open a PingPilot account with this address.",
            "It has one already, so nothing was changed.",
        ),
        created_at=now,
        action="Sign in, or reset your password there",
        url=f"{url}/login",
        closing=("If that was not you, there is nothing to do.",),
    )


def invitation_letter(url: str, now: datetime) -> Letter:
    """Invite somebody to open an account."""
    return Letter(
        subject="You are invited to PingPilot",
        paragraphs=(
            "The people who run this PingPilot invite you to open an account.",
            "It tells you what happens in your software, by Discord, Telegram and email.",
        ),
        created_at=now,
        action="Open your account",
        url=url,
        closing=("The link works once, for 7 days, and for this address alone.",),
    )


@dataclass(frozen=True, slots=True)
class Team:
    """An account that several people have, and the address of who does something about it."""

    account: str
    by: str


def team_letter(team: Team, role: str, url: str, now: datetime) -> Letter:
    """Invite somebody to an account that others have."""
    return Letter(
        subject=f"{team.by} invites you to a team in PingPilot",
        paragraphs=(
            f"{team.by} invites you to the account “{team.account}”, as {role}.",
            "A team sees there what happens in its software, and who is on it.",
        ),
        created_at=now,
        action="See the invite",
        url=url,
        closing=(
            "The link works once, for 7 days, and for this address alone.",
            "If you know nobody of that name, ignore this mail: without the link nothing happens.",
        ),
    )


def removed_letter(team: Team, url: str, now: datetime) -> Letter:
    """Tell somebody that they belong to an account no longer."""
    return Letter(
        subject="You were removed from a team in PingPilot",
        paragraphs=(
            f"{team.by} removed you from the account “{team.account}”.",
            "Nothing of it is sent to you any more. What you did there stays, with your name.",
        ),
        created_at=now,
        action="See which accounts you have",
        url=url,
        closing=("If that was a mistake, ask them for another invite.",),
    )


def handed_over_letter(team: Team, url: str, now: datetime) -> Letter:
    """Tell somebody that an account is theirs now."""
    return Letter(
        subject="An account of PingPilot is yours now",
        paragraphs=(
            f"{team.by} handed the account “{team.account}” over to you.",
            "You may do everything in it now: name other owners, take a copy of it, delete it.",
        ),
        created_at=now,
        action="See the team",
        url=f"{url}/team",
    )


def account_gone_letter(team: Team, stays: bool, now: datetime) -> Letter:
    """Tell a member that an account was deleted. `stays`: they can still sign in."""
    login = (
        "You can sign in as before, for what else you belong to."
        if stays
        else "You belonged to no other account, so your login is deleted with it."
    )
    return Letter(
        subject="A team of yours in PingPilot is gone",
        paragraphs=(
            f"{team.by} deleted the account “{team.account}”, which you belonged to.",
            "Everything in it is gone, and nothing of it is sent to you any more.",
            login,
        ),
        created_at=now,
    )


def reset_letter(url: str, now: datetime) -> Letter:
    """Send the link that sets a new password."""
    return Letter(
        subject="Reset your PingPilot password",
        paragraphs=("Somebody, hopefully you, asked for a new password for this address.",),
        created_at=now,
        action="Choose a new password",
        url=url,
        closing=(
            "The link works once, for an hour. A new password signs all your browsers out.",
            "If that was not you, ignore this mail: your password stays as it is.",
        ),
    )


def password_changed_letter(url: str, now: datetime) -> Letter:
    """Tell the owner that the password is another one."""
    return Letter(
        subject="Your PingPilot password was changed",
        paragraphs=(
            "The password of your PingPilot account was changed just now.",
            "All other browsers were signed out.",
        ),
        created_at=now,
        action="If that was not you, reset it now",
        url=f"{url}/forgot",
    )


@dataclass(frozen=True, slots=True)
class NewBrowser:
    """A browser that somebody signed in with for the first time. `client` is its IP address."""

    device: str
    client: str
    at: datetime


def new_browser_letter(seen: NewBrowser, url: str) -> Letter:
    """Tell the owner that a browser signed in that never did before."""
    when = f"{seen.at:%Y-%m-%d at %H:%M} UTC"
    return Letter(
        subject="A new browser signed in to PingPilot",
        paragraphs=(
            f"{seen.device} signed in to your account on {when}, from the address {seen.client}.",
            "If that was you, there is nothing to do.",
        ),
        created_at=seen.at,
        action="See where you are signed in",
        url=f"{url}/settings",
        closing=(
            "If that was not you, sign that browser out there and change your password at once.",
            f"If the password is refused, reset it at {url}/forgot",
        ),
    )


def new_address_letter(url: str, now: datetime) -> Letter:
    """Ask the owner of the new address to confirm it."""
    return Letter(
        subject="Confirm your new address for PingPilot",
        paragraphs=(
            "Somebody, hopefully you, wants to sign in to PingPilot with this address from now on.",
        ),
        created_at=now,
        action="Use this address",
        url=url,
        closing=("The link works once, for 24 hours. Until then the old one stays.", _NOT_YOU),
    )


def address_leaving_letter(new: str, url: str, now: datetime) -> Letter:
    """Tell the old address that another is about to take its place."""
    return Letter(
        subject="Your PingPilot address is about to change",
        paragraphs=(
            f"Somebody who knows your password wants to sign in with {new} instead.",
            "It changes once the new address is confirmed.",
        ),
        created_at=now,
        action="If that was not you, reset your password now",
        url=f"{url}/forgot",
        closing=("A new password also stops the change.",),
    )


def address_changed_letter(url: str, now: datetime) -> Letter:
    """Tell the old address that another has taken its place."""
    return Letter(
        subject="Your PingPilot address was changed",
        paragraphs=(
            "Your PingPilot account is signed in to with another address now, not with this one.",
            "All other browsers were signed out.",
        ),
        created_at=now,
        action="See what this PingPilot is",
        url=url,
        closing=("If that was not you, write to the people who run this PingPilot at once.",),
    )


def deleted_letter(now: datetime) -> Letter:
    """Say good-bye."""
    return Letter(
        subject="Your PingPilot account is deleted",
        paragraphs=(
            "Your account and everything in it are gone: events, categories, keys, addresses.",
            "Copies may remain in backups that the operator keeps.",
            "Thank you for having been here.",
        ),
        created_at=now,
    )


def second_factor_on_letter(url: str, now: datetime) -> Letter:
    """Tell the owner that signing in takes a code from now on."""
    return Letter(
        subject="Your PingPilot account has a second factor",
        paragraphs=(
            "From now on, signing in takes your password and a code of your authenticator app.",
            "All other browsers were signed out.",
            "Keep your recovery codes where you find them without your phone.",
        ),
        created_at=now,
        action="If that was not you, reset your password, then ask whoever runs this PingPilot",
        url=f"{url}/forgot",
    )


def second_factor_off_letter(url: str, now: datetime) -> Letter:
    """Tell the owner that the password alone is enough from now on."""
    return Letter(
        subject="Your PingPilot account has no second factor any more",
        paragraphs=(
            "The second factor of your PingPilot account was switched off just now.",
            "From now on your password alone is enough to sign in.",
        ),
        created_at=now,
        action="If that was not you, reset your password now",
        url=f"{url}/forgot",
    )


def recovery_codes_letter(url: str, now: datetime) -> Letter:
    """Tell the owner that the old recovery codes work no longer."""
    return Letter(
        subject="Your PingPilot account has new recovery codes",
        paragraphs=("New recovery codes were made just now; the ones before work no longer.",),
        created_at=now,
        action="If that was not you, reset your password now",
        url=f"{url}/forgot",
    )


def recovery_code_used_letter(left: int, url: str, now: datetime) -> Letter:
    """Tell the owner that a recovery code was used, and how many are `left`."""
    codes = "recovery code is" if left == 1 else "recovery codes are"
    return Letter(
        subject="A recovery code of your PingPilot account was used",
        paragraphs=(
            "Somebody, hopefully you, just signed in with your password and a recovery code.",
            f"{left} {codes} left. Under Settings you can make new ones.",
        ),
        created_at=now,
        action="If that was not you, reset your password now",
        url=f"{url}/forgot",
        closing=("Whoever has your recovery codes should not know your new password.",),
    )


def second_factor_guessed_letter(url: str, now: datetime) -> Letter:
    """Warn the owner: somebody shows the right password and wrong codes."""
    return Letter(
        subject="Somebody knows your PingPilot password",
        paragraphs=(
            "Somebody entered your password, and then several codes that were wrong.",
            "They did not get in.",
            "If that was you, there is nothing to do.",
        ),
        created_at=now,
        action="If that was not you, choose another password now",
        url=f"{url}/forgot",
    )


def member_letter(kind: NoticeKind, text: str, url: str, now: datetime) -> Letter:
    """Tell a member what is for them alone."""
    subject, action = _FOR_MEMBERS[kind]
    return Letter(
        subject=subject,
        paragraphs=(text,),
        created_at=now,
        action=action,
        url=url,
        closing=("You get this because you belong to an account here.",),
    )


_FOR_MEMBERS = {
    NoticeKind.MENTION: ("You are mentioned in PingPilot", "Open the event"),
    NoticeKind.ESCALATION: ("Nobody has claimed an event in PingPilot", "Open the event"),
    NoticeKind.BROKEN: ("A channel of yours takes no messages", "Open your channels"),
}
