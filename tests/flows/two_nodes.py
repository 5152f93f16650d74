"""A random walk around two nodes on one PostgreSQL, of which each has a radius.yaml of its own."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg

from store import Store
from tests.flows.invariant import Walk, add_people
from tests.flows.scene import Scene
from tests.servers.postgres import Postgres


class TwoNodes(Walk):
    """NASes ask either. Factors stand in another order at the second, or it asks for one more or one fewer."""

    NAMES = ("a", "b")
    HEARD = 1.5
    MOVES = (
        ("fresh", 6), ("answer", 9), ("forge", 0.5), ("again", 5), ("borrow", 1), ("burst", 1.5), ("click", 6),
        ("signs_in", 30), ("change", 4), ("reorder", 1), ("moods", 4),
    )  # fmt: skip

    def __init__(self, seed: int, folder: Path, database: str) -> None:
        super().__init__(seed, folder, database)
        self._database = database

    def _scene_of(self, name: str, scene: Scene) -> Scene:
        # One application asks for an approval: what comes before one is what the files disagree about.
        scene = replace(scene, profiles=scene.profiles | {"one": "approved"})
        return scene if name == "a" else scene.of_another_node(self.dice)

    def _rows(self, statement: str) -> list[Any]:
        with contextlib.closing(psycopg.connect(self._database)) as connection:
            return connection.execute(statement.encode()).fetchall()


def in_pairs(seeds: list[int], folder: Path, server: Postgres) -> list[Walk]:
    """Walks with a database of their own on that server, with the users in it."""
    walks: list[Walk] = []
    for seed in seeds:
        own, database = folder / f"walk{seed}", server.new_database()
        own.mkdir()
        add_people(Store.open(database, own))
        walks.append(TwoNodes(seed, own, database))
    return walks
