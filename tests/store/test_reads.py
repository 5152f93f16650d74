"""Reads that come together share a thread's waking and a turn of the loop, and nothing else."""

from __future__ import annotations

import asyncio

from sqlalchemy import text


async def test_reads_that_come_together_each_get_their_own(store):
    """What one raises, or that nobody waits for it any more, is its own affair; who comes later is read for as well."""

    def reads(number):
        def function(connection):
            if number % 10 == 7:
                raise LookupError(number)
            return connection.execute(text(f"SELECT {number}")).scalar_one()

        return function

    asked = [asyncio.ensure_future(store.read(reads(number))) for number in range(300)]
    await asyncio.sleep(0)
    for each in asked[100:110]:
        each.cancel()
    async with asyncio.timeout(30):
        got = await asyncio.gather(*asked, return_exceptions=True)
    for number, each in enumerate(got):
        if 100 <= number < 110:
            assert isinstance(each, asyncio.CancelledError)
        elif number % 10 == 7:
            assert (type(each), each.args) == (LookupError, (number,))
        else:
            assert each == number
    assert await asyncio.gather(*(store.read(reads(number)) for number in range(5))) == [0, 1, 2, 3, 4]
