"""Every setting, typed, read once from the environment and `.env`.

`.env.example` explains each to operators; this module is where they are defined.
"""

import base64
import binascii
import os
import re
import secrets
import tempfile
from collections.abc import Collection
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import unquote, urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.plan import Plan
from pingpilot_app.domain.retry import DEFAULT_SCHEDULE, RetrySchedule, parse_schedule


class SettingsError(Exception):
    """A setting has a value that cannot work; the message names it."""


class Signup(StrEnum):
    """Who may open an account in the dashboard."""

    FIRST = "first"  # the first person alone, through /setup
    INVITE = "invite"  # people who were invited
    OPEN = "open"  # anybody


class SecondFactor(StrEnum):
    """Who must have a second factor, and gets to nothing but its set-up without."""

    OPTIONAL = "optional"  # nobody
    OPERATORS = "operators"
    EVERYONE = "everyone"

    def binds(self, *, is_operator: bool) -> bool:
        """Tell whether somebody must have one."""
        return self is SecondFactor.EVERYONE or (is_operator and self is SecondFactor.OPERATORS)


class Role(StrEnum):
    """What this process does; the commands `web`, `api` and `worker` set it."""

    ALL = "all"  # everything
    WEB = "web"  # dashboard and API
    API = "api"  # the API
    WORKER = "worker"  # deliveries

    @property
    def works(self) -> bool:
        """Tell whether the process delivers."""
        return self in (Role.ALL, Role.WORKER)


class SandboxMode(StrEnum):
    """When the built-in sandbox stands in for the providers."""

    AUTO = "auto"  # for each provider that has no credentials
    ON = "on"  # for all
    OFF = "off"  # for none


class SmtpTls(StrEnum):
    """How the connection to the mail server is secured."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


class LogFormat(StrEnum):
    """How log lines are written."""

    TEXT = "text"
    JSON = "json"


class LogLevel(StrEnum):
    """The least important lines that are written."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"


def _http_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be a URL such as https://example.org")
    return url.rstrip("/")


def _database_url(url: str) -> str:
    try:
        backend = make_url(url).get_backend_name()
    except ArgumentError as exc:
        raise ValueError("must be a URL such as sqlite:////var/lib/pingpilot.db") from exc
    if backend not in ("sqlite", "postgresql"):
        raise ValueError("must begin with sqlite:// or postgresql://")
    return url


def _fernet_keys(keys: SecretStr) -> SecretStr:
    for key in keys.get_secret_value().split(","):
        try:
            fits = len(base64.urlsafe_b64decode(key.strip())) == 32
        except (binascii.Error, ValueError):
            fits = False
        if not fits:
            raise ValueError(
                "must be keys of 44 characters, separated by commas; "
                "`python -m pingpilot_app encryption new-key` prints one"
            )
    return keys


def _public_key(key: str) -> str:
    if not re.fullmatch(r"[0-9a-fA-F]{64}", key, re.ASCII):
        raise ValueError(
            "must be the 64 hexadecimal digits that Discord's developer portal shows as Public Key"
        )
    return key.lower()


def _host_names(value: object) -> object:
    if not isinstance(value, str):
        return value
    names = tuple(name.strip().lower() for name in value.split(",") if name.strip())
    if not all(re.fullmatch(r"[0-9a-z_-]+(\.[0-9a-z_-]+)*", name, re.ASCII) for name in names):
        raise ValueError("must be names such as ping.home, without scheme or port, by commas")
    return names


def _schedule(value: object) -> object:
    return parse_schedule(value) if isinstance(value, str) else value


Schedule = Annotated[RetrySchedule, NoDecode, BeforeValidator(_schedule)]
HostNames = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_host_names)]
HttpUrl = Annotated[str, AfterValidator(_http_url)]
Port = Annotated[int, Field(ge=1, le=65_535)]
Rate = Annotated[float, Field(ge=0.001, le=100_000)]  # a second

DISCORD_API_URL = "https://discord.com/api/v10"
TELEGRAM_API_URL = "https://api.telegram.org"


class Settings(BaseSettings):
    """The settings of one process. Secrets are `SecretStr`, so that no `repr` shows them."""

    model_config = SettingsConfigDict(
        env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    public_url: HttpUrl = "http://localhost:8000"
    allowed_hosts: HostNames = ()  # names besides PUBLIC_URL's that people reach it by
    host: str = "0.0.0.0"  # noqa: S104  # a server that nobody can reach serves nobody
    port: Port = 8000
    trusted_proxy_hops: Annotated[int, Field(ge=0, le=10)] = 0
    client_timeout: Annotated[int, Field(ge=1, le=300)] = 10  # seconds
    data_dir: Path = Path("data")
    database_url: Annotated[str, AfterValidator(_database_url)] | None = None
    redis_url: SecretStr | None = None
    secret_key: SecretStr | None = Field(default=None, min_length=32)
    encryption_keys: Annotated[SecretStr, AfterValidator(_fernet_keys)] | None = None
    signup: Signup = Signup.FIRST
    default_plan: Plan = Plan.FREE
    second_factor: SecondFactor = SecondFactor.OPTIONAL
    session_days: Annotated[int, Field(ge=1, le=365)] = 30
    session_idle_days: Annotated[int, Field(ge=1, le=365)] = 7
    pingpilot_role: Role = Role.ALL

    api_burst: Annotated[int, Field(ge=0, le=1_000_000)] = 300  # 0: no limit for an address
    api_rate: Rate = 30.0
    api_refusals: Annotated[int, Field(ge=0, le=1_000_000)] = 30  # 0: no limit

    retry_schedule: Schedule = DEFAULT_SCHEDULE
    audit_days: Annotated[int, Field(ge=1, le=36_500)] = 400
    retention_days: Annotated[int, Field(ge=1, le=36_500)] | None = None
    discord_rate: Rate | None = None  # None: Discord's limit at Discord, none elsewhere
    telegram_rate: Rate = 30.0
    telegram_chat_rate: Rate = 1.0

    sandbox: SandboxMode = SandboxMode.AUTO
    sandbox_port: Port = 8025

    discord_bot_token: SecretStr | None = None
    discord_api_url: HttpUrl | None = None
    discord_public_key: Annotated[str, AfterValidator(_public_key)] | None = None
    telegram_bot_token: SecretStr | None = None
    telegram_bot_username: str | None = None
    telegram_api_url: HttpUrl | None = None
    smtp_host: str | None = None
    smtp_port: Port | None = None
    smtp_username: str | None = None
    smtp_password: SecretStr | None = None
    smtp_tls: SmtpTls = SmtpTls.STARTTLS
    email_from: str = "PingPilot <pingpilot@localhost>"

    metrics_token: SecretStr | None = Field(default=None, min_length=16)
    process_name: str | None = None  # None: the name of the machine

    log_format: LogFormat = LogFormat.TEXT
    log_level: LogLevel = LogLevel.INFO

    @model_validator(mode="before")
    @classmethod
    def _follow_port(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Without a PUBLIC_URL, people come to this machine's port."""
        return {"public_url": f"http://localhost:{values.get('port') or 8000}"} | values

    @field_validator("log_level", "default_plan", mode="before")
    @classmethod
    def _upper(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    @property
    def database(self) -> str:
        """Return the SQLAlchemy URL of the database."""
        if self.database_url is None:
            return f"sqlite:///{self.data_dir / 'pingpilot.db'}"
        url = make_url(self.database_url)
        if self.is_embedded:
            return self.database_url
        return url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)

    @property
    def is_embedded(self) -> bool:
        """Tell whether the database is a file of this machine: then one process does all."""
        return self.database_url is None or self.database_url.startswith("sqlite")

    @property
    def loopback_url(self) -> str:
        """Return where this machine reaches the server without a proxy."""
        # Listening on all addresses includes loopback.
        host = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104  # compared only
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def secure_cookies(self) -> bool:
        """Tell whether browsers reach us by HTTPS."""
        return self.public_url.startswith("https://")


class DiscordSettings(BaseModel):
    """How to reach Discord, and whether it reaches us: `takes_interactions`."""

    api_url: str
    bot_token: SecretStr
    sandboxed: bool
    takes_interactions: bool = False


class TelegramSettings(BaseModel):
    """How to reach Telegram."""

    api_url: str
    bot_token: SecretStr
    bot_username: str
    sandboxed: bool


class SmtpSettings(BaseModel):
    """How to reach the mail server. `username` None: no login."""

    host: str
    port: int
    username: str | None
    password: SecretStr | None
    tls: SmtpTls
    email_from: str
    sandboxed: bool


class Providers(BaseModel):
    """The three providers; None where one is neither configured nor sandboxed."""

    discord: DiscordSettings | None
    telegram: TelegramSettings | None
    smtp: SmtpSettings | None

    def of(self, channel: Channel) -> DiscordSettings | TelegramSettings | SmtpSettings | None:
        """Return the provider of a channel."""
        by = {Channel.DISCORD: self.discord, Channel.TELEGRAM: self.telegram}
        return by.get(channel, self.smtp)

    @property
    def any_sandboxed(self) -> bool:
        """Tell whether the sandbox has to run."""
        return any(p.sandboxed for p in (self.discord, self.telegram, self.smtp) if p)


SANDBOX_TOKEN = "sandbox"  # noqa: S105  # opens nothing but the sandbox on loopback
SANDBOX_BOT = "pingpilot_sandbox_bot"


def providers(settings: Settings, diverted: Collection[Channel] = ()) -> Providers:
    """Decide for each provider whether it is the real one, the sandbox or absent.

    `diverted` are the channels that the operator sends to the sandbox though they have
    credentials; it holds where SANDBOX leaves the choice open (auto).
    """
    return Providers(
        discord=_discord(settings, Channel.DISCORD in diverted),
        telegram=_telegram(settings, Channel.TELEGRAM in diverted),
        smtp=_smtp(settings, Channel.EMAIL in diverted),
    )


def _use_sandbox(settings: Settings, *, configured: bool, diverted: bool) -> bool:
    if settings.sandbox is SandboxMode.AUTO:
        return diverted or not configured
    return settings.sandbox is SandboxMode.ON


def _discord(settings: Settings, diverted: bool) -> DiscordSettings | None:
    token, url = settings.discord_bot_token, settings.discord_api_url
    if _use_sandbox(settings, configured=bool(token or url), diverted=diverted):
        return DiscordSettings(
            api_url=f"http://127.0.0.1:{settings.sandbox_port}/discord/api/v10",
            bot_token=SecretStr(SANDBOX_TOKEN),
            sandboxed=True,
            takes_interactions=True,
        )
    if token is None:
        return None
    return DiscordSettings(
        api_url=url or DISCORD_API_URL,
        bot_token=token,
        sandboxed=False,
        takes_interactions=settings.discord_public_key is not None,
    )


def _telegram(settings: Settings, diverted: bool) -> TelegramSettings | None:
    token, url = settings.telegram_bot_token, settings.telegram_api_url
    if _use_sandbox(settings, configured=bool(token or url), diverted=diverted):
        return TelegramSettings(
            api_url=f"http://127.0.0.1:{settings.sandbox_port}/telegram",
            bot_token=SecretStr(SANDBOX_TOKEN),
            bot_username=SANDBOX_BOT,
            sandboxed=True,
        )
    if token is None:
        return None
    return TelegramSettings(
        api_url=url or TELEGRAM_API_URL,
        bot_token=token,
        bot_username=settings.telegram_bot_username or "",
        sandboxed=False,
    )


def _smtp(settings: Settings, diverted: bool) -> SmtpSettings | None:
    if _use_sandbox(settings, configured=bool(settings.smtp_host), diverted=diverted):
        return SmtpSettings(
            host="127.0.0.1",
            port=settings.sandbox_port + 1,
            username=None,
            password=None,
            tls=SmtpTls.NONE,
            email_from=settings.email_from,
            sandboxed=True,
        )
    if settings.smtp_host is None:
        return None
    return SmtpSettings(
        host=settings.smtp_host,
        port=settings.smtp_port or (465 if settings.smtp_tls is SmtpTls.TLS else 587),
        username=settings.smtp_username,
        password=settings.smtp_password,
        tls=settings.smtp_tls,
        email_from=settings.email_from,
        sandboxed=False,
    )


def load(**overrides: Any) -> Settings:
    """Read the settings. Raises SettingsError with a sentence that names the bad one."""
    try:
        return Settings(**overrides)
    except ValidationError as exc:
        raise SettingsError(_sentence(exc)) from None  # the cause would show the value


def known_secrets(settings: Settings) -> list[str]:
    """Return every secret that the settings hold, for them to be cut out of what is logged."""
    fields = (getattr(settings, name) for name in Settings.model_fields)
    found = [one.get_secret_value() for one in fields if isinstance(one, SecretStr)]
    found += [key.decode() for key in encryption_keys(settings)]
    redis = settings.redis_url.get_secret_value() if settings.redis_url else ""
    for url in (settings.database_url or "", redis):
        password = urlsplit(url).password  # as it stands there
        found += [password, unquote(password)] if password else []
    return found


def _sentence(exc: ValidationError) -> str:
    error = exc.errors(include_url=False, include_input=False)[0]
    name = str(error["loc"][0]).upper()
    reason = error["msg"].removeprefix("Value error, ")
    reason = reason[:1].lower() + reason[1:]
    return f"{name} is not usable: {reason}. Mend it in the environment or in .env."


def secret_key(settings: Settings) -> bytes:
    """Return the key that secrets are hashed with; make and keep one where none is set."""
    if settings.secret_key:
        return settings.secret_key.get_secret_value().encode()
    kept = settings.data_dir / "secret.key"
    if not kept.exists():
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        keep_new(kept, secrets.token_urlsafe(48))
    return kept.read_bytes().strip()


def encryption_keys(settings: Settings) -> tuple[bytes, ...]:
    """Return the keys of ENCRYPTION_KEYS, the one that encrypts first; none where it is not set."""
    given = settings.encryption_keys
    return tuple(k.strip().encode() for k in given.get_secret_value().split(",")) if given else ()


def keep_new(path: Path, key: str) -> None:
    """Write a fresh key, readable by us alone; whoever comes first wins, never half a file."""
    handle, name = tempfile.mkstemp(dir=path.parent)  # mkstemp gives it mode 0600
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(key)
        file.flush()
        os.fsync(file.fileno())  # what is encrypted with it must not outlive it
    with suppress(FileExistsError):
        os.link(name, path)
    Path(name).unlink()
