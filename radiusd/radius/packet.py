"""RADIUS packets as octets: what is read of a request, and how replies are put together (RFC 2865, 2866, 2869, 3579, 5997)."""

from __future__ import annotations

import hmac

from radiusd.radius.shared_secret import ZEROES, Keys

SMALLEST, LARGEST = 20, 4096
MOST_ATTRIBUTES = 200

ACCESS_REQUEST, ACCESS_ACCEPT, ACCESS_REJECT = 1, 2, 3
ACCOUNTING_REQUEST, ACCOUNTING_RESPONSE = 4, 5
ACCESS_CHALLENGE, STATUS_SERVER = 11, 12
OF_AUTHENTICATION = frozenset((ACCESS_REQUEST, STATUS_SERVER))

USER_NAME, USER_PASSWORD, CHAP_PASSWORD, NAS_IP_ADDRESS, SERVICE_TYPE = 1, 2, 3, 4, 6
REPLY_MESSAGE, STATE, VENDOR_SPECIFIC, NAS_IDENTIFIER, PROXY_STATE = 18, 24, 26, 32, 33
CHAP_CHALLENGE, ARAP_PASSWORD, PROMPT, EAP_MESSAGE, MESSAGE_AUTHENTICATOR = 60, 70, 76, 79, 80
ONCE = frozenset((USER_NAME, USER_PASSWORD, CHAP_PASSWORD, STATE))
NOT_PLAIN = frozenset((VENDOR_SPECIFIC, PROXY_STATE, MESSAGE_AUTHENTICATOR))
AUTHORIZE_ONLY = (17).to_bytes(4, "big")
NO_ECHO, ECHO = bytes(4), (1).to_bytes(4, "big")  # of Prompt (RFC 2869 section 5.10)
MICROSOFT = 311
_OF_MICROSOFT = MICROSOFT.to_bytes(4, "big")
DIGEST_RESPONSES = frozenset((103, 206))  # RFC 5090, and the draft before it, which Kamailio has
DIGESTS = DIGEST_RESPONSES | {121}  # and Digest-HA1
MS_CHAP = frozenset((1, 3, 4, 25, 27))  # responses, and new passwords in their place (RFC 2548 section 2)


class MalformedPacket(Exception):
    """No packet, or one that a rule of the RFCs drops. `reason` is one of few short texts."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ReplyTooLong(Exception):
    """The reply would have more than 4096 octets."""


class Request:
    """A request whose attributes were walked once.

    `message_authenticator` is where its value stands, 0 for none; `proxy_states` are whole attributes, one after the
    other. `first(type)` is the value of the first attribute of that type, or None; for Proxy-State and Vendor-Specific
    ask their own. What may come several times is in `_more`, in order.
    """

    __slots__ = (
        "_first",
        "_more",
        "code",
        "first",
        "identifier",
        "length",
        "message_authenticator",
        "proxy_states",
        "state",
        "user_name",
        "user_password",
    )

    def __init__(
        self, datagram: bytes, length: int, first: dict[int, bytes], more: list[tuple[int, bytes]],
        message_authenticator: int, proxy_states: bytes,
    ) -> None:  # fmt: skip
        self.code = datagram[0]
        self.identifier = datagram[1]
        self.length = length
        self.message_authenticator = message_authenticator
        self.proxy_states = proxy_states
        self._first = first
        self._more = more
        self.first = value = first.get
        self.user_name = value(USER_NAME)
        self.user_password = value(USER_PASSWORD)
        self.state = value(STATE)

    def vendor_first(self, vendor: int, kind: int) -> bytes | None:
        """The value of the first Vendor-Specific attribute of that vendor and type (RFC 2865 section 5.26)."""
        head = vendor.to_bytes(4, "big")
        for number, value in self._more:
            if number != VENDOR_SPECIFIC or value[:4] != head:
                continue
            at = 4
            while at + 2 <= len(value):
                size = value[at + 1]
                if size < 2 or at + size > len(value):
                    break  # an inner format of the vendor's own: ignored by itself
                if value[at] == kind:
                    return value[at + 2 : at + size]
                at += size
        return None

    @property
    def chap(self) -> bool:
        return CHAP_PASSWORD in self._first

    @property
    def eap(self) -> bool:
        return EAP_MESSAGE in self._first

    @property
    def ms_chap(self) -> bool:
        return any(self.vendor_first(MICROSOFT, kind) is not None for kind in MS_CHAP)

    @property
    def digest(self) -> bool:
        return not DIGEST_RESPONSES.isdisjoint(self._first)

    @property
    def is_pap(self) -> bool:
        """Whether a User-Password is all that there is to be judged by."""
        first = self._first
        if USER_PASSWORD not in first or CHAP_PASSWORD in first or ARAP_PASSWORD in first or EAP_MESSAGE in first:
            return False
        for kind, value in self._more:  # of nearly no request anything here needs a second look
            if kind in ONCE or (kind == VENDOR_SPECIFIC and value[:4] == _OF_MICROSOFT):
                return not (self.unreadable or self.ms_chap)
        return True

    @property
    def is_authorize_only(self) -> bool:
        return self._first.get(SERVICE_TYPE) == AUTHORIZE_ONLY

    @property
    def is_bare(self) -> bool:
        """Without any credential (RFC 3579 section 3.3 note 1, RFC 5090 section 3)."""
        return not (USER_PASSWORD in self._first or self.chap or self.eap or self.ms_chap or self.digest)

    @property
    def unreadable(self) -> bool:
        """Whether there are two of what may come once, or two kinds of credential (RFC 2865 sections 4.1 and 5.44).

        The kinds are those of RFC 3579 section 3.3 note 1.
        """
        if self._more and any(kind in ONCE for kind, _value in self._more):
            return True
        first = self._first
        kinds = (USER_PASSWORD in first) + (CHAP_PASSWORD in first) + (ARAP_PASSWORD in first) + (EAP_MESSAGE in first)
        return kinds > 1


def read(datagram: bytes) -> Request:
    """The request of a datagram of at least 20 octets. Raises MalformedPacket.

    Octets behind Length are padding (RFC 2865 section 3). Attributes that run past the end drop the packet
    (RFC 2869 section 5), as does a Message-Authenticator that comes twice or has a wrong size (RFC 3579 section 3.2).
    """
    length = datagram[2] << 8 | datagram[3]
    if length < SMALLEST or length > LARGEST or length > len(datagram):
        raise MalformedPacket("length")
    first: dict[int, bytes] = {}
    more: list[tuple[int, bytes]] = []
    message_authenticator, proxy_states = 0, b""
    at = SMALLEST
    try:
        while at < length:
            kind = datagram[at]
            value = at + 2
            end = at + datagram[at + 1]
            if end < value:
                raise MalformedPacket("attribute")
            if kind not in NOT_PLAIN and kind not in first:
                first[kind] = datagram[value:end]
            elif kind == MESSAGE_AUTHENTICATOR:
                if end - at != 18 or message_authenticator:
                    raise MalformedPacket("Message-Authenticator")
                message_authenticator = value
            else:
                more.append((kind, datagram[value:end]))
                if kind == PROXY_STATE and end > value:  # an empty one is never sent (RFC 2865 section 5)
                    proxy_states += datagram[at:end]
            at = end
    except IndexError:  # the last octet is a type without its length
        raise MalformedPacket("attribute") from None
    if at != length:  # the last one runs past the end
        raise MalformedPacket("attribute")
    if len(first) + len(more) > MOST_ATTRIBUTES:
        raise MalformedPacket("too many attributes")
    return Request(datagram, length, first, more, message_authenticator, proxy_states)


def genuine(request: Request, datagram: bytes, keys: Keys) -> bool:
    """Whether the request's Message-Authenticator is right (RFC 2869 section 5.14)."""
    at = request.message_authenticator
    made = keys.message_authenticator(datagram[:at] + ZEROES + datagram[at + 16 : request.length])
    return hmac.compare_digest(made, datagram[at : at + 16])


def reply(
    code: int, identifier: int, request_authenticator: bytes, attributes: bytes, proxy_states: bytes, keys: Keys
) -> bytes:
    """A reply to an Access-Request or Status-Server, with Message-Authenticator first and Proxy-States last.

    Raises ReplyTooLong. Source: RFC 2865 section 3, RFC 3579 section 3.2, draft-ietf-radext-deprecating-radius for
    "first".
    """
    length = 38 + len(attributes) + len(proxy_states)
    if length > LARGEST:
        raise ReplyTooLong
    head = bytes((code, identifier, length >> 8, length & 255))
    rest = attributes + proxy_states
    digest = keys.message_authenticator(head + request_authenticator + b"\x50\x12" + ZEROES + rest)
    signed = b"\x50\x12" + digest + rest
    return head + keys.authenticator(head, request_authenticator, signed) + signed


def accounting_response(identifier: int, request_authenticator: bytes, proxy_states: bytes, keys: Keys) -> bytes:
    """The answer to an Accounting-Request (RFC 2866 section 4.2). Raises ReplyTooLong.

    Without Message-Authenticator: peers disagree on what it would sign there. A Status-Server on the accounting port is
    answered by `reply` with ACCOUNTING_RESPONSE (RFC 5997 section 3).
    """
    length = SMALLEST + len(proxy_states)
    if length > LARGEST:
        raise ReplyTooLong
    head = bytes((ACCOUNTING_RESPONSE, identifier, length >> 8, length & 255))
    return head + keys.authenticator(head, request_authenticator, proxy_states) + proxy_states


def attribute(kind: int, value: bytes) -> bytes:
    """One attribute. Raises ValueError for an empty value (RFC 2865 section 5) and for one over 253 octets."""
    if not 0 < len(value) <= 253:
        raise ValueError("an attribute's value has 1 to 253 octets")
    return bytes((kind, len(value) + 2)) + value


def text_attribute(kind: int, text: str) -> bytes:
    """As many attributes as the text needs, split between characters (RFC 8044 section 3.4); none for an empty one."""
    octets = text.replace("\0", "").encode("utf-8", "replace")
    if 0 < len(octets) <= 253:
        return bytes((kind, len(octets) + 2)) + octets
    made = b""
    while octets:
        end = min(len(octets), 253)
        while end < len(octets) and octets[end] & 0xC0 == 0x80:
            end -= 1
        made += bytes((kind, end + 2)) + octets[:end]
        octets = octets[end:]
    return made


def text(octets: bytes) -> str:
    r"""Octets as text: UTF-8, and \xNN for what is none."""
    return octets.decode("utf-8", "backslashreplace")


def dotted(octets: bytes) -> bytes:
    """The four octets of an IPv4 address as its text."""
    return b"%d.%d.%d.%d" % tuple(octets)
