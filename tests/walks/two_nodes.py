"""A random walk around two nodes on one PostgreSQL, of which each has a radius.yaml of its own."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg

from store import Store
from tests.servers.postgres import Postgres
from tests.walks.people import add_people
from tests.walks.scene import Scene
from tests.walks.walk import ACCIDENTS, Walk
from tests.walks.world import World


class TwoNodes(World):
    """NASes ask either. Factors stand in another order at the second, or it asks for one more or one fewer."""

    NAMES = ("a", "b")
    HEARD = 1.5

    def __init__(self, seed: int, folder: Path, database: str) -> None:
        super().__init__(seed, folder, database)
        self._database = database

    def scene_of(self, name: str, scene: Scene) -> Scene:
        # One application asks for an approval: what comes before one is what the files disagree about.
        scene = replace(scene, profiles=scene.profiles | {"one": "approved"})
        return scene if name == "a" else scene.of_another_node(self.dice)

    def rows(self, statement: str) -> list[Any]:
        with contextlib.closing(psycopg.connect(self._database)) as connection:
            return connection.execute(statement.encode()).fetchall()


def in_pairs(seeds: list[int], folder: Path, server: Postgres) -> list[Walk]:
    """Walks with a database of their own on that server, with the users in it."""
    walks: list[Walk] = []
    for seed in seeds:
        own, database = folder / f"walk{seed}", server.new_database()
        own.mkdir()
        add_people(Store.open(database, own))
        walks.append(Walk(TwoNodes(seed, own, database), without=ACCIDENTS))
    return walks
