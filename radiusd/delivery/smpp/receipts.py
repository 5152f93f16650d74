"""What a centre tells of a message once it has tried to deliver it (SMPP 3.4 section 5.2.12 and appendix B). Pure."""

from __future__ import annotations

import re

from radiusd.delivery import Receipt
from radiusd.delivery.smpp.pdus import (
    MESSAGE_STATE,
    NETWORK_ERROR_CODE,
    RECEIPTED_MESSAGE_ID,
    UTF_16,
    Delivered,
)

TYPE = 0x3C  # the bits of esm_class that say what a deliver_sm is
RECEIPT = 0x04
# message_state (section 5.2.28), and how the text has it. What is not here is on its way still.
STATES = {2: "delivered", 3: "expired", 4: "deleted", 5: "undeliverable", 7: "unknown", 8: "rejected", 9: "skipped"}
WORDS = {
    "DELIVRD": "delivered", "EXPIRED": "expired", "DELETED": "deleted", "UNDELIV": "undeliverable",
    "UNKNOWN": "unknown", "REJECTD": "rejected", "SKIPPED": "skipped", "FAILED": "undeliverable",
}  # fmt: skip
# Behind `text:` stands the beginning of the message, which may be a code: nothing is read of it.
ENDS = re.compile(r"\btext:", re.IGNORECASE)
PAIR = re.compile(r"\b(id|stat|err):\s*([^\s:]{1,64})", re.IGNORECASE)
PLAIN = re.compile(r"[0-9A-Za-z.-]{1,16}")


def receipt_of(delivered: Delivered) -> Receipt | None:
    """What became of a message; None where it is no receipt, or says that nothing has become of it yet.

    The TLVs are believed before the text.
    """
    if delivered.esm_class & TYPE != RECEIPT:
        return None
    encoding = "utf-16-be" if delivered.data_coding == UTF_16 else "latin-1"
    head = ENDS.split(delivered.text.decode(encoding, "replace"), maxsplit=1)[0]
    pairs = {key.lower(): value for key, value in reversed(PAIR.findall(head))}
    tlvs = delivered.tlvs
    name = tlvs.get(RECEIPTED_MESSAGE_ID, b"").partition(b"\0")[0].decode("latin-1") or pairs.get("id", "")
    told = tlvs.get(MESSAGE_STATE, b"")
    state = STATES.get(told[0]) if told else WORDS.get(pairs.get("stat", "").upper())
    if not name or state is None:
        return None
    return Receipt(ids_of(name), delivered.source, state, _error(tlvs.get(NETWORK_ERROR_CODE, b""), pairs))


def ids_of(name: str) -> tuple[str, ...]:
    """What the answer to submit_sm may have called a message whose receipt says `name`, likeliest first.

    Centres say the one in hex and the other in digits, or with zeros in front of one of them: nothing in the standard
    says that they are written alike.
    """
    found = [name]
    if re.fullmatch(r"[0-9]{1,20}", name):
        found.append(f"{int(name):x}")
    if re.fullmatch(r"[0-9A-Fa-f]{1,16}", name):
        found.append(str(int(name, 16)))
    return tuple(dict.fromkeys(normal(each) for each in found))


def normal(name: str) -> str:
    """One of these as it is compared."""
    return name.strip().lstrip("0").casefold() or "0"


def _error(code: bytes, pairs: dict[str, str]) -> str:
    """The network's own code, "" for none. Of the TLV: the kind of network, and the number."""
    if len(code) == 3 and any(code[1:]):
        return str(int.from_bytes(code[1:], "big"))
    said = pairs.get("err", "")
    return said if PLAIN.fullmatch(said) and said.strip("0") else ""
