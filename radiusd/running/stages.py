"""How the steps of logins go along: all that arrived together stage by stage, and in a task only where one is needed.

A step of a login runs outside of any task until it waits for something (radiusd/running/eager.py).
"""

from __future__ import annotations

import asyncio
from collections.abc import Generator


class _Together:
    """Whoever awaits it goes on once all that arrived with it have come as far.

    A processor that does the same again and again has it in its caches, and foresees its branches: the same work takes
    a quarter less than with one login after the other. Nothing but those others runs meanwhile; in a task, all that is
    due in the loop.
    """

    __slots__ = ()

    def __await__(self) -> Generator[None, None, None]:
        yield


TOGETHER = _Together()


async def in_a_task() -> None:
    """From here on there is a task: what has time-outs of its own wants one.

    Always by a turn of the loop: the current task may be that of whoever made the login go on.
    """
    # Not sleep(0), which is a stage outside of a task.
    await asyncio.sleep(1e-9)
