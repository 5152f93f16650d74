"""What the tables are made of. Times are seconds since the epoch, UTC."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Double, Integer, MetaData

from store.text import StorableText

METADATA = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)
# SQLite numbers rows by itself only where the type is INTEGER.
NUMBER = BigInteger().with_variant(Integer, "sqlite")


def text(name: str, *, null: bool = False, key: bool = False) -> Column[str]:
    return Column(name, StorableText, nullable=null, primary_key=key)


def time(name: str, *, null: bool = False) -> Column[float]:
    return Column(name, Double, nullable=null)
