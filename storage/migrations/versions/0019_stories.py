"""Several alerts in one delivery: the visit of each snapshot, held alerts, and when a delivery was planned."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)

HOLDS = "hold IN ('digest', 'debounce', 'quiet_hours', 'rate_limit', 'paused')"
ALERT = "The delivery that contains it; several alerts may share one; null: it is held."


def held() -> tuple[sa.Column[str | None], sa.Column[datetime | None]]:
    """Return the new columns of alerts."""
    return (
        sa.Column("hold", sa.String(length=32), nullable=True, comment="Why it is held, or was; null: it was delivered at once."),
        sa.Column("held_until", TIME, nullable=True, comment="Until when it is held, or was (observing clock); null with hold."),
    )


def upgrade() -> None:
    visit = sa.Column("visit_id", KEY, nullable=True, comment="First snapshot of the visit to the host that it was taken in; null: it is the first itself.")
    op.add_column("snapshots", visit)
    partial_index("ix_snapshots_visit_id", "snapshots", ["visit_id"], "read_at IS NULL AND visit_id IS NOT NULL")
    planned = sa.Column("planned_at", TIME, nullable=True, comment="When it was planned (observing clock), for the rate limit; null: before schema 0019.")
    op.add_column("deliveries", planned)
    partial_index("ix_deliveries_planned_at", "deliveries", ["planned_at"], "planned_at IS NOT NULL")
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("alerts", "delivery_id", existing_type=KEY, nullable=True, comment=ALERT)
        for column in held():
            op.add_column("alerts", column)
        op.create_check_constraint(op.f("ck_alerts_hold"), "alerts", HOLDS)
    else:
        copy_alerts()
    partial_index("ix_alerts_held", "alerts", ["held_until", "channel"], "delivery_id IS NULL")


def copy_alerts() -> None:
    """Copy the table: SQLite cannot make a column nullable. No table references it."""
    columns = (
        sa.Column("id", KEY, nullable=False),
        sa.Column("event_id", KEY, nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("delivery_id", KEY, nullable=True),
        sa.Column("planned_at", TIME, nullable=False),
        *held(),
    )
    op.create_table(
        "new_alerts",
        *columns,
        sa.CheckConstraint(HOLDS, name=op.f("ck_alerts_hold")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_alerts_event_id")),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name=op.f("fk_alerts_delivery_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
        sa.UniqueConstraint("event_id", "rule", "channel", name=op.f("uq_alerts_event_id_rule_channel")),
    )
    kept = "id, event_id, rule, channel, delivery_id, planned_at"
    op.execute(f"INSERT INTO new_alerts ({kept}) SELECT {kept} FROM alerts")
    op.drop_table("alerts")
    op.rename_table("new_alerts", "alerts")
    op.create_index("ix_alerts_delivery_id", "alerts", ["delivery_id"])


def partial_index(name: str, table: str, columns: list[str], where: str) -> None:
    """Create an index over the rows that satisfy `where`."""
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
