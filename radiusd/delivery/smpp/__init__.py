"""`type: smpp` of sms_gateways: a message centre that speaks SMPP 3.4.

`gateway` is the carrier, over one `binding`; `pdus`, `statuses` and `receipts` are what is said on it. It is written here,
since both libraries were tried against a centre that throttles, is silent and hangs up. aiosmpplib 0.7.4 sent 2,690 messages
a second at first and 113 after 6,000 whose receipts were still to come; it has no window, says nothing of a centre that is
silent, and ends the connection for a provider's own status and for a receipt with `err:00A`. smpplib 2.2.4 checks no
certificate's name, has no IPv6, answers no `unbind`, and cuts characters at a part's border.
"""

from __future__ import annotations

from config.kinds import Kind
from radiusd.delivery import SMS_KINDS
from radiusd.delivery.smpp.gateway import Smpp
from radiusd.delivery.smpp.options import SmppOptions

SMS_KINDS.add(Kind("smpp", SmppOptions, Smpp))
