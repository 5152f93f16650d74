"""What passes on the requests of others: RADIUS proxies and access points. Only data."""

from __future__ import annotations

from radiusd.nas.product import NasProduct, Step
from radiusd.nas.products.sentences import NOT_SHOWN

PASSING_ON = (
    NasProduct(
        key="freeradius",
        name="FreeRADIUS as a proxy",
        default_timeout_seconds=30,
        default_tries=1,
        longest_timeout_seconds=30,
        preferred_tries=1,
        most_tries=1,
        most_hold_seconds=25,
        answers_challenges=True,
        challenge="Passed on, with its State: what the NAS behind it does.",
        signs="always",
        steps=(
            Step(
                "proxy.conf",
                (
                    "home_server radiusd {",
                    "    type = auth",
                    "    ipaddr = SERVER",
                    "    secret = SECRET",
                    "    response_window = $timeout",
                    "    status_check = status-server",
                    "}",
                ),
            ),
        ),
        cautions=(
            (
                "`response_window` is cut to `max_request_time`, 30 s; a server that was silent for longer is taken for dead,"
                " and everybody is refused for minutes."
            ),
            "Let users who wait for a decision go to a `home_server` entry of their own.",
            "The NAS behind it must wait as well; see its page.",
            "Over TLS `status_check` is to be left out before 3.2.3: it sends what is no TLS.",
        ),
        measured="FreeRADIUS 3.2.1+dfsg-4+deb12u1, values from its -X",
        seen=(
            (
                "It sends again only when the NAS does, the same octets with the same Identifier; each copy starts the 30 s anew:"
                " held for 40 s with copies every 5 s, accepted; without copies refused at 30 s."
            ),
            "Message-Authenticator in each request it passes on, and Proxy-State, which is the NAS's Identifier.",
            "Held for 25 s: answered, and others beside it at once.",
            "After 30 s the NAS gets an Access-Reject without text; after 40 s without any answer all are refused for 300 s.",
        ),
        source="FreeRADIUS 3.2.1, what it sends; proxy.conf",
    ),
    NasProduct(
        key="radsecproxy",
        name="radsecproxy",
        default_timeout_seconds=5,
        default_tries=3,
        longest_timeout_seconds=60,
        preferred_tries=3,
        most_tries=3,
        answers_challenges=True,
        challenge="Passed on, with its State: what the NAS behind it does.",
        signs="never",
        steps=(
            Step(
                "radsecproxy.conf, over UDP (RetryInterval 1 to 60)",
                (
                    "server radiusd {",
                    "    type udp",
                    "    host SERVER",
                    "    secret SECRET",
                    "    RetryInterval $timeout",
                    "    RetryCount $retries",
                    "    StatusServer on",
                    "}",
                ),
            ),
        ),
        cautions=(
            "It signs nothing by itself before 1.10.1, and hands on what the NAS signed, signed anew.",
            "With `limit_proxy_state: true` what came through a further proxy and is not signed is dropped.",
            "With two servers all new requests go to the second once one was held for 10 s.",
            "The NAS behind it must wait as well; see its page.",
        ),
        measured="radsecproxy 1.9.2-2+deb12u1, UDP to UDP, and UDP to TLS",
        seen=(
            "Over UDP it sends again at about 5 and 10 s, the same octets, and drops what is answered after 15 s.",
            (
                "Copies of the NAS within 10 s are swallowed; one that comes later is a new request with another Identifier"
                " and Authenticator."
            ),
            "Over TLS it never sends again and forgets a request after 10 s; with `RetryInterval 60` held for 40 s: passed on.",
            "256 requests are under way to a server at most; what is more is dropped.",
            "User-Name, Calling-Station-Id and NAS-Identifier as they came; no Proxy-State of its own.",
        ),
        source="radsecproxy 1.9.2, what it sends; radsecproxy.conf(5)",
    ),
    NasProduct(
        key="hostapd",
        name="hostapd (macaddr_acl=2)",
        most_hold_seconds=25,
        default_timeout_seconds=3,
        default_tries=4,
        backoff=2.0,
        longest_timeout_seconds=3,
        preferred_tries=4,
        most_tries=4,
        answers_challenges=False,
        challenge=NOT_SHOWN,
        signs="always",
        steps=(
            Step(
                "hostapd.conf",
                (
                    "macaddr_acl=2",
                    "nas_identifier=NAME",
                    "auth_server_addr=SERVER",
                    "auth_server_port=1812",
                    "auth_server_shared_secret=SECRET",
                ),
            ),
            Step(
                "a user for each device, whose name and password are its MAC address in small letters without colons; as a"
                " hash, since `user add` refuses a password that is the name",
                (
                    "{",
                    "    echo username,password_hash",
                    '    for mac in 02005e005301 02005e005302; do echo "$$mac,$$(openssl passwd -6 $$mac)"; done',
                    "} > devices.csv",
                    "radiusd user import devices.csv",
                ),
            ),
        ),
        cautions=(
            (
                "Only whether a device may join is asked so: a MAC address is seen and copied by anybody near. Give these users"
                " an application of their own, with the password alone and a network that may do little."
            ),
            "Users of a Wi-Fi (ieee8021x, WPA-Enterprise) come by EAP, which radiusd refuses.",
            "Its time-outs cannot be set: a request that waits for a person is of no use here.",
            "It keeps an answer for 30 s, and a question no longer (read in its source): a removed user is out after that.",
        ),
        measured="hostapd 2.10-12+deb12u3, wired driver; the request of macaddr_acl=2 was read in its source, not seen",
        seen=(
            "Copies at 0, 3, 9 and 21 s, then the second server, after 45 s; the same octets from the same port.",
            (
                "NAS-IP-Address, NAS-Identifier, Called-Station-Id, NAS-Port-Type 19, Calling-Station-Id `02-00-5E-00-53-01`,"
                " Connect-Info, Message-Authenticator last."
            ),
            "A reply without Message-Authenticator is dropped; radiusd signs every one.",
        ),
        source="hostapd 2.10, what it sends, its source and hostapd.conf",
    ),
)
