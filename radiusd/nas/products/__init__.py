"""Every NAS that is known: `radiusd client advice` prints it, `radiusd simulate` plays it, docs/nas/ is made of it.

One file for each family. A default is of the document that `source` names; where none was found, the caution says so. Where no
document names a limit, `longest_timeout_seconds` is ours: nobody needs more. A product that has `measured` was run against a
server that logged every octet, on Debian 12 and loopback addresses; what was read there, and not seen, says so.
"""

from __future__ import annotations

from radiusd.nas.products.cisco import CISCO
from radiusd.nas.products.firewalls import FIREWALLS
from radiusd.nas.products.linux import LINUX
from radiusd.nas.products.passing_on import PASSING_ON
from radiusd.nas.products.services import SERVICES

PRODUCTS = (*FIREWALLS, *CISCO, *LINUX, *SERVICES, *PASSING_ON)
BY_KEY = {product.key: product for product in PRODUCTS}
