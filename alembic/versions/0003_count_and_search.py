"""Keep figures of events as they come, and the words that they are found by."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_TABLES = ("event_rollup", "field_rollup", "delivery_rollup", "search_queue", "search")


def _run(statement: str) -> None:
    op.get_bind().exec_driver_sql(statement)  # as it is: a colon is no parameter here


def _quarter(column: str) -> str:
    if op.get_bind().dialect.name == "postgresql":
        return f"date_bin('15 minutes', {column}, TIMESTAMPTZ 'epoch')"
    minute = f"CAST(strftime('%M', {column}) AS INTEGER) / 15 * 15"
    return f"strftime('%Y-%m-%d %H:', {column}) || printf('%02d', {minute}) || ':00.000000'"


def _hour(column: str) -> str:
    if op.get_bind().dialect.name == "postgresql":
        return f"date_trunc('hour', {column}, 'UTC')"
    return f"strftime('%Y-%m-%d %H:00:00.000000', {column})"


def _count_events() -> None:
    _run(f"""
        INSERT INTO event_rollup (account_id, category_id, at, pending, delivered, failed)
        SELECT account_id, category_id, {_quarter("created_at")},
            sum(CASE WHEN status = 'PENDING' THEN 1 ELSE 0 END),
            sum(CASE WHEN status = 'DELIVERED' THEN 1 ELSE 0 END),
            sum(CASE WHEN status = 'FAILED' THEN 1 ELSE 0 END)
        FROM event GROUP BY 1, 2, 3
    """)  # noqa: S608  # our own words


def _count_fields() -> None:
    number = "CASE WHEN type IN ('integer', 'real') THEN value END"
    fields = "SELECT *, json_each.key AS field FROM event, json_each(event.fields)"
    if op.get_bind().dialect.name == "postgresql":
        number = "CASE WHEN json_typeof(value) = 'number' THEN value::text::float8 END"
        fields = "SELECT *, key AS field FROM event, json_each(event.fields)"
    _run(f"""
        INSERT INTO field_rollup
            (account_id, category_id, field, at, events, numbers, total, least, greatest)
        SELECT account_id, category_id, field, {_quarter("created_at")}, count(*),
            count({number}), coalesce(sum({number}), 0.0), min({number}), max({number})
        FROM ({fields}) AS found GROUP BY 1, 2, 3, 4
    """)  # noqa: S608  # our own words


def _count_deliveries() -> None:
    took = f"({_microseconds('delivered_at')} - {_microseconds('created_at')}) / 1000"
    if op.get_bind().dialect.name == "postgresql":
        took = "extract(epoch FROM delivered_at - created_at) * 1000"
    ms = f"CASE WHEN delivery.status = 'FAILED' THEN -1 ELSE {_two_digits(took)} END"
    _run(f"""
        INSERT INTO delivery_rollup (account_id, channel, at, ms, deliveries)
        SELECT delivery.account_id, channel, {_hour("created_at")}, {ms}, count(*)
        FROM delivery JOIN event
            ON event.account_id = delivery.account_id AND event.id = delivery.event_id
        WHERE delivery.status <> 'PENDING' GROUP BY 1, 2, 3, 4
    """)  # noqa: S608  # our own words


def _microseconds(column: str) -> str:
    seconds = f"CAST(strftime('%s', {column}) AS INTEGER)"
    return f"({seconds} * 1000000 + CAST(substr({column}, 21, 6) AS INTEGER))"


def _two_digits(ms: str) -> str:
    """Cut a number to its two leading digits; beyond a day it is told in hundreds of minutes."""
    whole = f"CAST(coalesce({ms}, 0) AS INTEGER)"
    steps = "".join(
        f" WHEN {whole} < {100 * step} THEN {whole} / {step} * {step}"
        for step in (1, 10, 100, 1_000, 10_000, 100_000, 1_000_000)
    )
    return f"CASE WHEN {whole} < 0 THEN 0{steps} ELSE {whole} / 10000000 * 10000000 END"


def _index_words() -> None:
    if op.get_bind().dialect.name == "postgresql":
        vector = "array_to_tsvector(string_to_array(words, ' '))"
        _run(f"CREATE INDEX ix_search_words ON search USING gin ({vector})")
        return
    # The words are divided by us: the index takes what is between two spaces as it is.
    _run("""
        CREATE VIRTUAL TABLE search_words USING fts5(
            words, content = 'search', content_rowid = 'number', detail = none, columnsize = 0,
            tokenize = "ascii tokenchars ':='"
        )
    """)
    _run("CREATE VIRTUAL TABLE search_words_terms USING fts5vocab(search_words, row)")
    _run("""
        CREATE TRIGGER search_words_add AFTER INSERT ON search BEGIN
            INSERT INTO search_words (rowid, words) VALUES (new.number, new.words);
        END
    """)
    _run("""
        CREATE TRIGGER search_words_remove AFTER DELETE ON search BEGIN
            INSERT INTO search_words (search_words, rowid, words)
            VALUES ('delete', old.number, old.words);
        END
    """)


def _clustered() -> dict[str, bool]:
    return {"sqlite_with_rowid": False}


def _of(table: str, parent: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["account_id", column],
        [f"{parent}.account_id", f"{parent}.id"],
        name=op.f(f"fk_{table}_account_id"),
        ondelete="CASCADE",
    )


def _create_rollups() -> None:
    op.create_table(
        "event_rollup",
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("category_id", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pending", sa.Integer(), nullable=False),
        sa.Column("delivered", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        _of("event_rollup", "category", "category_id"),
        sa.PrimaryKeyConstraint("account_id", "category_id", "at", name=op.f("pk_event_rollup")),
        **_clustered(),
    )
    op.create_table(
        "field_rollup",
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("category_id", sa.String(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("numbers", sa.Integer(), nullable=False),
        sa.Column("total", sa.Float(), nullable=False),
        sa.Column("least", sa.Float(), nullable=True),
        sa.Column("greatest", sa.Float(), nullable=True),
        _of("field_rollup", "category", "category_id"),
        sa.PrimaryKeyConstraint(
            "account_id", "category_id", "field", "at", name=op.f("pk_field_rollup")
        ),
        **_clustered(),
    )
    op.create_table(
        "delivery_rollup",
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ms", sa.Integer(), nullable=False),
        sa.Column("deliveries", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_delivery_rollup_account_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "account_id", "channel", "at", "ms", name=op.f("pk_delivery_rollup")
        ),
        **_clustered(),
    )


def _create_search() -> None:
    op.create_table(
        "search_queue",
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("event_id", sa.String(), nullable=False),
        _of("search_queue", "event", "event_id"),
        sa.PrimaryKeyConstraint("account_id", "event_id", name=op.f("pk_search_queue")),
        **_clustered(),
    )
    op.create_table(
        "search",
        sa.Column(
            "number",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        _of("search", "event", "event_id"),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_search")),
    )
    op.create_index(
        "uq_search_account_id_event_id", "search", ["account_id", "event_id"], unique=True
    )


def upgrade() -> None:
    """Apply. The words of events that are there already are indexed while PingPilot runs."""
    _create_rollups()
    _create_search()
    _index_words()
    _count_events()
    _count_fields()
    _count_deliveries()
    _run("INSERT INTO search_queue SELECT account_id, id FROM event")


def downgrade() -> None:
    """Take back."""
    if op.get_bind().dialect.name == "sqlite":
        _run("DROP TABLE search_words_terms")
        _run("DROP TABLE search_words")
    for table in reversed(_TABLES):
        op.drop_table(table)
