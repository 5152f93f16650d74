"""What a method answers. It can say `Passed`, never more: the login engine alone makes an Accept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from radiusd.model.approval import Approval
from radiusd.model.message import Message

# Within the transaction of the step that the verdict leads to, given its connection. False: somebody else was first (the
# approval was used, the code of that time spent), and nothing of the step is written.
Write = Callable[[Any], bool]


class Passed(Struct, frozen=True):
    """This factor was proved. `detail` says how, for the audit.

    Until `remembered` (the loop's clock) the same answer needs no proof again. `messages` inform somebody of what is
    in `told`: they are committed with the Accept, and sent after it. `writes` are the method's own: see Write.

    `then` names what the login must prove besides, once all else is proved: steps that the plan has a method for, as a
    new password in the place of one that has expired. With a profile that was `chosen` it names the factors of that
    profile, which come before those.
    """

    detail: str
    remembered: float = 0.0
    messages: tuple[Message, ...] = ()
    told: Approval | None = None
    writes: tuple[Write, ...] = ()
    then: tuple[str, ...] = ()
    chosen: str = ""


class Failed(Struct, frozen=True):
    """This factor was not proved. `counted` is the kind of failure that blocking counts, "" for none.

    `text` is the key of what the user reads where a password was proved (D26), "" for the text of every refusal.

    The same wrong answer again counts once where it was judged `against` the same, such as one code.
    """

    reason: str
    counted: str = ""
    text: str = ""
    against: str = ""


class Asked(Struct, frozen=True):
    """The user must answer, until `until` (seconds since the epoch).

    `memory`, a text of the method's own, comes back with the answer. `message` must have been taken by a carrier before
    the prompt leaves; where as many were sent as an hour allows, `otherwise` is what is asked in its place. `counted` is
    the kind of failure that blocking counts where the user is asked again because the last answer was wrong, `against` as
    in Failed, and `reason` says so for the audit. `echo`: what is typed is no secret, and may be shown. `instead` makes of
    the cause what is asked where no carrier takes the message, None for nothing.
    """

    prompt: str
    memory: str
    until: float
    message: Message | None = None
    counted: str = ""
    reason: str = ""
    otherwise: Asked | Failed | None = None
    against: str = ""
    echo: bool = False
    instead: Callable[[str], Asked | None] | None = None


class Unproved(Struct, frozen=True):
    """A request waits whose user has proved nothing. So many are held at once: of one user, and of one station (D4).

    Nothing of the wait may tell a name that somebody has from one that nobody has: whether a message was sent, taken or
    kept back is not seen in it.
    """

    user: int
    station: int


class Waiting(Struct, frozen=True):
    """Somebody else must decide, until `until` (seconds since the epoch). `memory` comes back when the login is looked at.

    `approval` is the id of what is decided; a notice of the subject "approvals" with it as its key tells of a decision.
    `prompt` is for the user meanwhile. `asked` is committed with the login where it is new or has new links; then
    `messages` are sent, at least one of which must be taken by a carrier; where as many were sent as an hour allows,
    `otherwise` is taken in its place. One that is a Waiting is taken too where no carrier takes them: they only remind.
    `writes` are the method's own: see Write. `undecided` is the key of what a user who has proved a password reads where
    the NAS gives up before a decision (D26). `reason` is for the audit, where nobody is asked. Of one that is `unproved`
    the messages leave apart from the answer, and are tried again.
    """

    approval: str
    until: float
    memory: str
    prompt: str
    messages: tuple[Message, ...] = ()
    asked: Approval | None = None
    writes: tuple[Write, ...] = ()
    undecided: str = ""
    otherwise: Waiting | Failed | None = None
    reason: str = ""
    unproved: Unproved | None = None


class Unavailable(Struct, frozen=True):
    """The factor could not be judged: `component` as radius.yaml names it, `cause` without any secret.

    `overload` where there was no time to judge it: the packet is dropped and the NAS asks again.
    """

    component: str
    cause: str
    overload: bool = False


Verdict = Passed | Failed | Asked | Waiting | Unavailable
