"""Steps of logins that go along stage by stage, and in a task where one is needed."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest

from radiusd.running.eager import Eager
from radiusd.running.stages import TOGETHER, in_a_task


async def passes(name, stages, told):
    for stage in range(stages):
        told.append(f"{name}{stage}")
        await TOGETHER
    told.append(f"{name}.")


def waiter(ended):
    return SimpleNamespace(done=ended.append, failed=ended.append)


async def test_all_pass_each_stage_before_one_comes_to_the_next():
    eager, told, ended = Eager(10), [], []
    for name, stages in (("a", 2), ("b", 3), ("c", 1)):
        eager.run(passes(name, stages, told), waiter(ended))
    assert len(eager) == 3
    eager.go_on()
    assert told == ["a0", "b0", "c0", "a1", "b1", "c.", "a.", "b2", "b."]
    assert (len(eager), len(ended)) == (0, 3)


async def test_what_has_ended_is_told_of_once_all_have_gone_on():
    eager, told = Eager(10), []
    for name, stages in (("a", 1), ("b", 2)):
        answer = SimpleNamespace(done=lambda _result, name=name: told.append(f"answer {name}"), failed=told.append)
        eager.run(passes(name, stages, told), answer)
    eager.go_on()
    assert told[-3:] == ["b.", "answer a", "answer b"]


async def test_the_loop_takes_along_whom_nobody_else_does():
    eager, told = Eager(10), []
    eager.run(passes("a", 3, told), waiter([]))
    assert told == ["a0"]
    await asyncio.sleep(0)
    assert told == ["a0", "a1", "a2", "a."]


async def test_a_bug_that_one_leads_to_is_not_the_others():
    def buggy(_result):
        raise ValueError("a bug")

    eager, told, ended = Eager(10), [], []
    eager.run(passes("a", 1, told), SimpleNamespace(done=buggy, failed=ended.append))
    eager.run(passes("b", 2, told), waiter(ended))
    with pytest.raises(ValueError, match="a bug"):
        eager.go_on()
    assert (told[-1], ended) == ("b.", [])
    await asyncio.sleep(0)
    assert (len(eager), ended) == (0, [None])


async def test_in_a_task_it_is_a_turn_of_the_loop():
    told = []
    await asyncio.gather(passes("a", 1, told), passes("b", 1, told))
    assert told == ["a0", "b0", "a.", "b."]


async def test_what_needs_a_task_gets_one():
    async def asks(tasks):
        await TOGETHER
        tasks.append(asyncio.current_task())
        await in_a_task()
        tasks.append(asyncio.current_task())
        await in_a_task()
        async with asyncio.timeout(5.0):
            await TOGETHER

    ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    eager, tasks = Eager(10), []
    asyncio.get_running_loop().call_soon(
        eager.run, asks(tasks), SimpleNamespace(done=ended.set_result, failed=ended.set_exception)
    )
    await ended
    assert tasks[0] is None
    assert tasks[1] is not None


async def test_who_is_at_a_stage_when_all_is_closed_is_ended_like_the_others():
    async def waits(ended):
        await TOGETHER
        try:
            await asyncio.sleep(60.0)
        finally:
            ended.append("ended")

    eager, ended = Eager(10), []
    eager.run(waits(ended), waiter([]))
    await eager.close()
    assert (ended, len(eager)) == (["ended"], 0)
