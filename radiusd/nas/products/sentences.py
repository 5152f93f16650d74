"""Sentences that are said of several products."""

from __future__ import annotations

NO_SIGNING_KNOWN = "No setting for Message-Authenticator is known to us; `radiusd client list` shows whether it signs."
WINDOWS = "The VPN client of Windows gives up after 30 s by itself, whatever the NAS is set to."
NOT_SHOWN = "None: an Access-Challenge counts as a refusal."
RADCLI_COPIES = "Copies at 0, 10, 20 and 30 s, the same octets from the same port; it gives up after 40 s."
