"""What a login remembers of the codes that were sent."""

from __future__ import annotations

from operator import itemgetter

from msgspec import Struct
from msgspec.json import Decoder, Encoder

from radiusd.model.turn import Turn

CODES_KEPT = 8  # of one login, the newest; only a server that is killed again and again while it sends makes so many
TOLD_SECONDS = 60.0  # for so long after its last code a login goes on, so that who is a little late is told, and helped
VOID = 0.0  # a time long past: the code that was good until then is replaced


class Memory(Struct, frozen=True, omit_defaults=True):
    """Of each code its digest and until when it is good (seconds since the epoch).

    `to` is the number of the destination they went to, `shown` are those that the user chose from, in their order.
    `elsewhere`: the last one went by the channel of another profile, since none of this one's took it.
    """

    sent: tuple[tuple[str, float], ...]
    wrong: int
    sent_at: float
    hidden: str
    to: int = 0
    shown: tuple[int, ...] = ()
    elsewhere: bool = False

    @classmethod
    def of(cls, turn: Turn) -> Memory:
        return _decode(turn.memory)

    def kept(self) -> str:
        return _encode(self).decode()

    def until(self) -> float:
        """When the login is over."""
        return max(self.sent, key=itemgetter(1))[1] + TOLD_SECONDS

    def alive(self, now: float) -> list[str]:
        """Digests of the codes that are good."""
        return [digest for digest, until in self.sent if until > now]


_encode = Encoder().encode
_decode = Decoder(Memory).decode
