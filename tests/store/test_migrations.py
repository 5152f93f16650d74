"""The tables are what the migrations make, and a database goes forward only."""

from __future__ import annotations

import importlib
import threading

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from store import Store, StoreError, audit, identities, meta, migrations, users
from store.records import NewUser
from store.tables import METADATA

OF_POSTGRESQL = ("ix_audit_user_name_id", "ix_messages_directory_unique_id_at")


def test_tables_are_what_the_migrations_make(synchronous):
    def differences(connection):
        def counts(thing, name, kind, reflected, other):
            return name not in OF_POSTGRESQL or connection.dialect.name == "postgresql"

        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_object": counts})
        return compare_metadata(context, METADATA)

    assert synchronous.read_now(differences) == []
    synchronous.write_now(lambda c: c.execute(text("ALTER TABLE users ADD COLUMN shoe_size TEXT")))
    assert [difference[0] for difference in synchronous.read_now(differences)] == ["remove_column"]


def test_every_version_is_known_and_has_one_line_of_descent():
    script = ScriptDirectory(str(migrations.FOLDER))
    assert [revision.revision for revision in script.walk_revisions()] == migrations.known()[::-1]


def test_opened_twice(url):
    first = Store.open(url)
    first.write_now(lambda c: meta.check_key(c, ["k"]))
    second = Store.open(url)
    assert second.write_now(lambda c: meta.check_key(c, ["k"]))
    assert not second.write_now(lambda c: meta.check_key(c, ["another"]))
    first.close_now()
    second.close_now()


def test_many_processes_open_a_new_database_at_once(url):
    outcomes = []

    def run():
        store = Store.open(url)
        outcomes.append(store.read_now(users.count))
        store.close_now()

    threads = [threading.Thread(target=run) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert outcomes == [0] * 6


def test_a_newer_database_is_refused(url):
    store = Store.open(url)
    store.write_now(lambda c: c.execute(text("UPDATE alembic_version SET version_num = '9999'")))
    store.close_now()
    with pytest.raises(StoreError, match=rf"newer release.*9999.*{migrations.known()[-1]}"):
        Store.open(url)


def test_somebody_elses_database_is_left_alone(url):
    """A table of a name that we use: nothing is half made."""
    first = Store.open(url)

    def spoil(connection):
        connection.execute(text("DROP TABLE alembic_version"))

    first.write_now(spoil)
    first.close_now()
    with pytest.raises(StoreError, match="already exists"):
        Store.open(url)


def test_names_with_other_letters_i_are_found_again(url):
    """X56: İ, I, ı and i are one letter now. Whose name is another's by that gets a name of their own."""
    store = Store.open(url)
    for name in ("\u0131tır", "i\u0307nci", "inci", "ann"):
        store.write_now(lambda c, name=name: users.add(c, NewUser(username=name), 0.0))
        store.write_now(lambda c, name=name: identities.remember(c, name, "local", f"id of {name}", 0.0))

    def once_more(connection):
        with Operations.context(MigrationContext.configure(connection)):
            importlib.import_module("store.migrations.versions.0008_one_letter_i").upgrade()

    store.write_now(once_more)
    store.close_now()
    again = Store.open(url)
    assert [user.username for user in again.read_now(users.listed)] == ["ann", "inci", "inci-2", "itir"]
    assert again.read_now(lambda c: identities.last_found(c, "itir")) == ("local", "id of \u0131tır")
    assert again.read_now(lambda c: identities.last_found(c, "inci")) == ("local", "id of inci")
    again.close_now()


def test_index_of_users_is_postgresqls_alone(synchronous):
    names = synchronous.read_now(lambda c: {index["name"] for index in inspect(c).get_indexes("audit")})
    postgresql = synchronous.read_now(lambda c: c.dialect.name) == "postgresql"
    assert names == {"ix_audit_ref"} | ({"ix_audit_user_name_id"} if postgresql else set())
    assert synchronous.read_now(lambda c: audit.find(c, user="ann")) == []


def test_index_of_whose_messages_are_is_postgresqls_alone(synchronous):
    names = synchronous.read_now(lambda c: {index["name"] for index in inspect(c).get_indexes("messages")})
    assert ("ix_messages_directory_unique_id_at" in names) is (
        synchronous.read_now(lambda c: c.dialect.name) == "postgresql"
    )
    assert {"ix_messages_at", "ix_messages_unsent"} <= names
