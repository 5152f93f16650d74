"""Two nodes on one machine, with one PostgreSQL and one key: each is its own to `reload` (X47)."""

from __future__ import annotations

from tests.servers.daemon import YAML, daemon, folder
from tests.servers.postgres import postgres_server

__all__ = ["postgres_server"]


def test_they_run_side_by_side_and_each_is_reloaded_by_its_own_file(tmp_path, postgres_server):
    database = postgres_server.new_database()
    nodes = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        shared = f"database: {database}\nkey_file: {tmp_path}/radiusd.key\n"
        nodes.append(folder(tmp_path / name, shared + YAML))
    with daemon(nodes[0]) as one, daemon(nodes[1]) as two:
        assert one.radiusd("reload").out.startswith(f"radiusd, process {one.process.pid}, applied")
        assert two.radiusd("reload").out.startswith(f"radiusd, process {two.process.pid}, applied")
        assert one.process.pid != two.process.pid
        again = one.radiusd("run")
        assert again.code == 1
        assert f"runs already with this configuration, as process {one.process.pid}" in again.err
    assert nodes[0].radiusd("reload").code == 1
