"""Users who moved in with the hash of another system: each kind signs in over RADIUS, and is ours from then on."""

from __future__ import annotations

import pytest

from config.secret import Secret
from radiusd.passwords import foreign_hashes, hashing
from store import users
from tests.servers.running import running, until
from tests.test_foreign_hashes import MADE, PASSWORD


@pytest.mark.row("S207", "S223")
async def test_every_kind_of_hash_is_replaced_at_the_first_sign_in(tmp_path):
    """yescrypt, gost-yescrypt, NT, crypt, LDAP's, argon2, bcrypt, PBKDF2; a wrong password replaces none."""
    stored = {f"user{number}": foreign_hashes.stored_form(made()) for number, made in enumerate(MADE.values())}

    async with running(tmp_path) as radiusd:
        for name, text in stored.items():
            await radiusd.user(name)
            await radiusd.change(name, password_hash=Secret(text))

        async def kept(name):
            found = await radiusd.server.store.read(lambda connection: users.find(connection, name))
            return found.password_hash.reveal()

        nas = radiusd.nas(timeout=8.0)
        for name, text in stored.items():
            wrong = await nas.asks(User_Name=name, User_Password=PASSWORD + "x")
            assert (wrong.code, await kept(name)) == ("Access-Reject", text)
            assert (await nas.asks(User_Name=name, User_Password=PASSWORD)).code == "Access-Accept", text[:6]
        local = radiusd.server.directories["local"]
        await until(lambda: not local._rehashes)
        for name in stored:
            assert not hashing.needs_rehash(await kept(name))
            assert (await nas.asks(User_Name=name, User_Password=PASSWORD)).code == "Access-Accept"
