"""Only login/committing calls the store's writing functions for a login: whoever reads it has read all that one writes."""

from __future__ import annotations

import ast
from pathlib import Path

import radiusd.login

ROOM = Path(radiusd.login.__file__).parent
WRITING = {"write", "write_jointly", "write_later", "append", "write_now"}


def writers(source: str) -> set[str]:
    """Which writing functions are called on, or taken of, something that is called a store."""
    return {
        node.attr
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute) and node.attr in WRITING and ast.unparse(node.value).endswith("store")
    }


def test_only_committing_writes():
    found = {path.stem: writers(path.read_text()) for path in sorted(ROOM.glob("*.py"))}
    assert found.pop("committing") == {"write", "write_jointly", "write_later"}
    assert found.pop("beside_logins") == {"write", "write_jointly", "write_later", "append"}
    assert {name: calls for name, calls in found.items() if calls} == {}


def test_one_that_writes_is_seen():
    assert writers("async def step(self):\n    await self._store.write(run)") == {"write"}
    assert writers("mark = partial(store.write_later, MARK)") == {"write_later"}
    assert writers("self.taken.append(step)") == set()
