"""Whatever arrives: the server lives, answers nobody who did not prove anything, and goes on answering who did."""

from __future__ import annotations

import os
import random

import pytest

from tests.servers.running import LOCAL, running
from tests.wire.octets import Wire, attribute, check_reply, hidden, login, packet, vendor

ACCEPT = 2
pytestmark = pytest.mark.proof


def mutated(dice: random.Random, octets: bytes) -> bytes:
    """The datagram with some octets changed, taken out, put in or doubled."""
    changed = bytearray(octets)
    for _ in range(dice.randint(1, 6)):
        at = dice.randrange(len(changed)) if changed else 0
        match dice.randrange(4):
            case 0 if changed:
                changed[at] ^= 1 << dice.randrange(8)
            case 1:
                del changed[at : at + dice.randint(1, 20)]
            case 2:
                changed[at:at] = dice.randbytes(dice.randint(1, 20))
            case _:
                changed += changed[at : at + 40]
    return bytes(changed[:8000])


def signed(dice: random.Random) -> bytes:
    """A genuine request of random attributes, the right name among them and never the right password."""
    authenticator = dice.randbytes(16)
    attributes = [attribute(1, b"ann")]
    for _ in range(dice.randint(0, 12)):
        value = dice.randbytes(dice.randint(0, 60))
        attributes.append(
            vendor(dice.choice((9, 311, 12356, 99999)), dice.randrange(256), value)
            if dice.random() < 0.3
            else attribute(dice.choice((2, 3, 4, 6, 24, 26, 31, 33, 60, 79, dice.randrange(1, 256))), value)
        )
    if dice.random() < 0.5:
        attributes.append(attribute(2, hidden(dice.randbytes(dice.randint(1, 128)), authenticator)))
    dice.shuffle(attributes)
    kept = [each for each in attributes if each[0] != 80]
    return packet(*kept, identifier=dice.randrange(256), authenticator=authenticator, place=dice.randint(0, len(kept)))


@pytest.mark.parametrize("seed", range(4))
async def test_fuzz(tmp_path, seed):
    dice = random.Random(seed)
    yaml = LOCAL + "blocking: {enabled: false}\n"
    async with running(tmp_path, yaml) as radiusd:
        await radiusd.user("ann")
        wire = Wire(radiusd.port)
        accounting = Wire(radiusd.accounting_port)
        for turn in range(200):
            for _ in range(40):
                whole = login(b"ann", b"rose", authenticator=dice.randbytes(16))
                await wire.asks(mutated(dice, whole), 0.0)
                await accounting.asks(mutated(dice, whole), 0.0)
                await wire.asks(dice.randbytes(dice.randint(0, 300)), 0.0)
            for _ in range(3):
                reply = await wire.asks(signed(dice), 0.0)
                assert reply is None or reply[0] != ACCEPT
            while (stray := await wire.hears(0.01)) is not None:
                assert stray[0] != ACCEPT, turn
            alive = Wire(radiusd.port)
            request = login(authenticator=os.urandom(16), identifier=turn % 256)
            reply = await alive.asks(request)
            assert reply is not None
            assert reply[0] == ACCEPT
            check_reply(reply, request)
            alive.close()
        wire.close()
        accounting.close()
