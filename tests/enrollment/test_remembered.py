"""Rows in memory: read at the start, read again as notices tell, never an older answer after a newer one."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

from radiusd.enrollment.remembered import Remembered
from radiusd.model.entry import Entry
from store import Unavailable, notices
from tests.servers.running import until


class Row(NamedTuple):
    directory: str
    unique_id: str
    value: str


class Table:
    """A store of one table. While `gate` is cleared nothing is answered; `asked` is whom each reading was about."""

    def __init__(self, *rows):
        self.rows = list(rows)
        self.asked = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.down = False
        self.tells = lambda _key: None

    def subscribe(self, _subject, called):
        self.tells = called

    async def read(self, function):
        made = function(None)
        await self.gate.wait()
        if self.down:
            raise Unavailable("down")
        return made

    def of(self, connection, users):  # noqa: ARG002 - as a reading has it
        self.asked.append(users)
        return [row for row in self.rows if users is None or row[:2] in users]

    def change(self, *rows):
        self.rows = [row for row in self.rows if row[:2] != rows[0][:2]] + [row for row in rows if row.value]
        self.tells(notices.key_of(*rows[0][:2]))


def entry(unique_id):
    return Entry("corp", unique_id, unique_id)


async def begun(table):
    tasks = set()

    def background(work):
        tasks.add(task := asyncio.ensure_future(work))
        task.add_done_callback(tasks.discard)

    remembered = Remembered(table, "rows", table.of)
    await remembered.begin(background)
    return remembered


def values(remembered, unique_id):
    return [row.value for row in remembered.of(entry(unique_id))]


async def test_the_users_that_notices_name_are_read_again_and_no_others():
    table = Table(Row("corp", "ann", "a"), Row("corp", "bob", "b"))
    remembered = await begun(table)
    told = []
    remembered.follow(told.append)
    assert (values(remembered, "ann"), values(remembered, "eve")) == (["a"], [])
    table.change(Row("corp", "ann", "a2"), Row("corp", "ann", "a3"))
    await until(lambda: values(remembered, "ann") == ["a2", "a3"])
    table.change(Row("corp", "ann", ""))
    await until(lambda: values(remembered, "ann") == [])
    assert table.asked == [None, [("corp", "ann")], [("corp", "ann")]]
    assert told == [("corp", "ann")] * 2
    table.rows = [Row("corp", "eve", "e")]
    table.tells("")  # anything may have changed
    await until(lambda: values(remembered, "eve") == ["e"])
    assert (values(remembered, "bob"), told[-1]) == ([], None)


async def test_what_changes_while_it_is_read_is_read_again():
    table = Table(Row("corp", "ann", "a"))
    table.gate.clear()
    beginning = asyncio.ensure_future(begun(table))
    await until(lambda: table.asked)
    table.change(Row("corp", "ann", "new"))  # after the reading, before its answer
    table.gate.set()
    remembered = await beginning
    await until(lambda: values(remembered, "ann") == ["new"])
    table.gate.clear()
    table.change(Row("corp", "ann", "newer"))
    await until(lambda: len(table.asked) == 3)
    table.change(Row("corp", "ann", "newest"))
    table.change(Row("corp", "bob", "b"))
    table.gate.set()
    await until(lambda: (values(remembered, "ann"), values(remembered, "bob")) == (["newest"], ["b"]))
    assert len(table.asked) == 4  # both together


async def test_an_outage_leaves_what_is_known_and_what_follows_it_reads_all():
    table = Table(Row("corp", "ann", "a"))
    remembered = await begun(table)
    table.down = True
    table.change(Row("corp", "ann", "new"))
    await until(lambda: len(table.asked) == 2 and not remembered._reading)
    assert values(remembered, "ann") == ["a"]
    table.down = False
    table.tells("")
    await until(lambda: values(remembered, "ann") == ["new"])
