"""What a centre's command_status says (SMPP 3.4 section 5.1.3), and whose fault it is."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum

from radiusd.delivery import Fault


class Status(IntEnum):
    """Those that somebody can do something about; others are told by their number."""

    ESME_RINVMSGLEN = 0x01
    ESME_RINVCMDID = 0x03
    ESME_RINVBNDSTS = 0x04
    ESME_RALYBND = 0x05
    ESME_RSYSERR = 0x08
    ESME_RINVSRCADR = 0x0A
    ESME_RINVDSTADR = 0x0B
    ESME_RBINDFAIL = 0x0D
    ESME_RINVPASWD = 0x0E
    ESME_RINVSYSID = 0x0F
    ESME_RMSGQFUL = 0x14
    ESME_RSUBMITFAIL = 0x45
    ESME_RINVSRCTON = 0x48
    ESME_RINVSRCNPI = 0x49
    ESME_RINVDSTTON = 0x50
    ESME_RINVDSTNPI = 0x51
    ESME_RINVSYSTYP = 0x53
    ESME_RTHROTTLED = 0x58
    ESME_RINVEXPIRY = 0x62
    ESME_RX_T_APPN = 0x64
    ESME_RUNKNOWNERR = 0xFF


TOO_FAST = frozenset({Status.ESME_RTHROTTLED, Status.ESME_RMSGQFUL})
# Nothing says that the message was not sent before it went wrong.
PERHAPS_SENT = frozenset({Status.ESME_RSYSERR, Status.ESME_RUNKNOWNERR})
FAULTS: Mapping[int, Fault] = {Status.ESME_RINVDSTADR: Fault.RECIPIENT, Status.ESME_RINVMSGLEN: Fault.MESSAGE}
WORDS: Mapping[int, str] = {
    Status.ESME_RINVMSGLEN: "refused the message for its length",
    Status.ESME_RALYBND: "says that this system_id is signed in already, as often as it may be",
    Status.ESME_RINVSRCADR: "refused the sender, source_address",
    Status.ESME_RINVSRCTON: "refused the sender's source_ton",
    Status.ESME_RINVSRCNPI: "refused the sender's source_npi",
    Status.ESME_RINVDSTADR: "refused the recipient",
    Status.ESME_RINVDSTTON: "refused destination_ton",
    Status.ESME_RINVDSTNPI: "refused destination_npi",
    Status.ESME_RBINDFAIL: "refused system_id and password",
    Status.ESME_RINVPASWD: "refused system_id and password",
    Status.ESME_RINVSYSID: "refused system_id and password",
    Status.ESME_RINVSYSTYP: "refused system_type",
    Status.ESME_RINVEXPIRY: "refused the validity of the message",
    Status.ESME_RTHROTTLED: "takes no more messages at this speed",
    Status.ESME_RMSGQFUL: "has its queue full",
}
NAMES: Mapping[int, str] = {each.value: each.name for each in Status}


def told(status: int) -> str:
    """What it says, in words where there are any, and as the centre's own manual has it."""
    name, words = NAMES.get(status, f"status {status:#x}"), WORDS.get(status)
    return f"{words} ({name})" if words else f"answered {name}"
