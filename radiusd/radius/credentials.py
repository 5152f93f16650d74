"""What an Access-Request brings to be judged by: a password (PAP), or what else stands in its place or beside it."""

from __future__ import annotations

from radiusd.model.access import Offered
from radiusd.radius.packet import Request
from radiusd.radius.shared_secret import Keys


def password(request: Request, keys: Keys, authenticator: bytes) -> bytes | None:
    """The octets of the User-Password; None where there is none that can be judged.

    Authorize-Only is no authentication (RFC 5080 section 2.1.1), MS-CHAP is not used over UDP (deprecating-radius):
    neither becomes right by a right password beside it. Some clients (radcli: ocserv, kamailio) answer a Challenge with
    nothing by a User-Password of no octets, others by 16 of padding.
    """
    hidden, state = request.user_password, request.state
    if hidden is None or not request.is_pap or (state is None and request.is_authorize_only):
        return None
    if not hidden:
        return None if state is None else hidden
    return keys.unhide(hidden, authenticator)


def without_password(request: Request) -> Offered:
    """What came in the place of a password that can be judged, or beside it."""
    if request.unreadable:
        return Offered.UNREADABLE
    if request.eap:
        return Offered.EAP
    if request.chap:
        return Offered.CHAP
    if request.ms_chap:
        return Offered.MS_CHAP
    hidden, state = request.user_password, request.state
    if request.is_authorize_only and (state is None or hidden is None):
        return Offered.AUTHORIZE_ONLY
    if hidden is None:
        return Offered.DIGEST if request.digest else Offered.NOTHING
    return Offered.UNREADABLE if hidden else Offered.EMPTY
