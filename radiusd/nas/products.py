"""Every NAS that is known: `radiusd client advice` prints it, `radiusd simulate` plays it, docs/nas/ is made of it."""

from __future__ import annotations

from radiusd.nas.gateways import GATEWAYS
from radiusd.nas.measured import MEASURED

PRODUCTS = (*GATEWAYS, *MEASURED)
BY_KEY = {product.key: product for product in PRODUCTS}
