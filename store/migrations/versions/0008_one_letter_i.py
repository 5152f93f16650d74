"""İ, I, ı and i are one letter in user names: names that were kept with two of them are found again."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

DOTLESS, DOTTED = "\u0131", "i\u0307"  # as names were kept before
NAMED = (("users", "username"), ("identities", "name"))


def upgrade() -> None:
    connection = op.get_bind()
    for table, column in NAMED:
        names = connection.execute(sa.text(f"SELECT {column} FROM {table}")).scalars().all()  # noqa: S608 - of ours
        taken = set(names)
        for name in sorted(names):
            plain = name.replace(DOTLESS, "i").replace(DOTTED, "i")
            if plain == name:
                continue
            if plain in taken and table == "identities":
                continue
            # Two users who become one: the one is shown by another name, and is not lost.
            new = next(each for each in (plain, *(f"{plain}-{n}" for n in range(2, 1000))) if each not in taken)
            taken.add(new)
            renamed = sa.text(f"UPDATE {table} SET {column} = :new WHERE {column} = :name")  # noqa: S608 - of ours
            connection.execute(renamed, {"new": new, "name": name})
