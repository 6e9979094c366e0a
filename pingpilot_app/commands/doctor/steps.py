"""What an operator does next about a failure, where owners would only be sent to the operator."""

from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.event import DeliveryStatus
from pingpilot_app.domain.failure import Failure, explain

_ADDRESS = {
    Channel.DISCORD: "DISCORD_API_URL",
    Channel.TELEGRAM: "TELEGRAM_API_URL",
    Channel.EMAIL: "SMTP_HOST and SMTP_PORT",
}

_CREDENTIALS = {
    Channel.DISCORD: "Set DISCORD_BOT_TOKEN anew (discord.com/developers/applications, Bot)",
    Channel.TELEGRAM: "Set TELEGRAM_BOT_TOKEN anew (@BotFather, /token)",
    Channel.EMAIL: "Set SMTP_USERNAME and SMTP_PASSWORD anew (some want a password for apps)",
}

_STEPS = {
    Failure.UNREACHABLE: "Check the network, DNS and firewall of this machine, and {address}.",
    Failure.NO_ANSWER: "Check the network and firewall of this machine, and {address}.",
    Failure.PROVIDER_ERROR: "It has trouble of its own: see its status page and try later.",
    Failure.NOT_ITS_API: "Check {address}, and whether a proxy or login page is in between.",
    Failure.RATE_LIMITED: "Wait, and run doctor again; it asked for a pause.",
    Failure.BAD_CREDENTIALS: "{credentials} and start PingPilot again.",
    Failure.SENDER_REFUSED: "Set EMAIL_FROM to an address that this mail server sends for.",
    Failure.TRY_LATER: "Run doctor again in some minutes; if it stays, ask who runs it.",
    Failure.NOT_SECURE: "Check SMTP_TLS, SMTP_PORT, SMTP_HOST and the mail server's certificate.",
    Failure.OUR_FAULT: "That is a fault in PingPilot; please report it with these words.",
    Failure.STOPPED: "Run doctor again.",
}


def next_step(failure: Failure, channel: Channel) -> str:
    """Return what to do. What only the owner can mend is told in the owner's words."""
    step = _STEPS.get(failure) or explain(failure, channel, DeliveryStatus.FAILED)
    return step.replace("{address}", _ADDRESS[channel]).replace(
        "{credentials}", _CREDENTIALS[channel]
    )
