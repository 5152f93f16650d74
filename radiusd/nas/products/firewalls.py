"""VPN gateways and firewalls of several makers. Only data."""

from __future__ import annotations

from radiusd.nas.product import NasProduct, Step
from radiusd.nas.products.sentences import NO_SIGNING_KNOWN, WINDOWS

FIREWALLS = (
    NasProduct(
        key="fortigate",
        name="Fortinet FortiGate",
        default_timeout_seconds=5,
        default_tries=2,
        waits_after_last=False,
        longest_timeout_seconds=60,
        preferred_tries=4,
        most_tries=6,
        answers_challenges=True,
        challenge="A second field with the text of Reply-Message, in FortiClient and on the web page.",
        prompt_seconds=80,
        signs="when set",
        steps=(
            Step(
                "CLI",
                (
                    "config system global",
                    "    set remoteauthtimeout $wait",
                    "end",
                    "config user radius",
                    '    edit "NAME"',
                    "        set auth-type pap",
                    "        set timeout $timeout",
                    "    next",
                    "end",
                ),
            ),
            Step(
                "CLI, where users come by SSL VPN (10 to 180)",
                ("config vpn ssl settings", "    set login-timeout $wait", "end"),
            ),
        ),
        signing=(
            Step(
                "CLI, from FortiOS 7.2.10, 7.4.5 and 7.6.1 on (the default)",
                (
                    "config user radius",
                    '    edit "NAME"',
                    "        set require-message-authenticator enable",
                    "    next",
                    "end",
                ),
            ),
        ),
        cautions=(
            "remoteauthtimeout is for all servers, LDAP too. Within it a request is sent again every `timeout` seconds.",
            "A second server is asked after that, and would begin the sign-in anew unless both share a database.",
            "No document was at hand for the login-timeout of SSL VPN: look whether your release has it.",
        ),
        source="Fortinet community 229136; FortiOS CLI reference: system global, user radius, vpn ssl settings",
    ),
    NasProduct(
        key="pan-os",
        name="Palo Alto Networks GlobalProtect",
        default_timeout_seconds=3,
        default_tries=3,
        longest_timeout_seconds=41,
        preferred_tries=3,
        most_tries=3,
        answers_challenges=True,
        challenge="A window of its own with the text of Reply-Message and one field.",
        user_waits_seconds=25,
        signs="when set",
        steps=(
            Step(
                "configure",
                (
                    "set shared server-profile radius NAME protocol PAP",
                    "set shared server-profile radius NAME timeout $timeout",
                    "set shared server-profile radius NAME retries $tries",
                    "set deviceconfig setting l3-service timeout $wait",
                    "set deviceconfig setting global-protect timeout $wait",
                    "commit",
                ),
            ),
            Step(
                "Network > GlobalProtect > Portals > NAME > Agent > NAME > App",
                ("TCP Receive Timeout (sec): $wait",),
            ),
        ),
        signing=(
            Step(
                "operational mode, in releases that mend CVE-2024-3596",
                ("set auth radius-require-msg-authentic yes", "show auth radius-require-msg-authentic"),
            ),
        ),
        cautions=(
            "It waits time-out x retries x servers in all; with a second server in the profile halve the time-out.",
            "Its web server waits 125 s at most; GlobalProtect gives up after about 25 s unless the portal says otherwise.",
            "Left at `auto` it tries CHAP first, which is refused, and then PAP.",
            "No document was at hand for radius-require-msg-authentic and the GlobalProtect time-out: look whether your release has it.",
        ),
        source="PAN-OS 10.2 guide, Guidelines for Setting Authentication Server Timeouts; PAN-OS web interface help,"
        " RADIUS server profile, GlobalProtect portal",
    ),
    NasProduct(
        key="mikrotik",
        name="MikroTik RouterOS",
        default_timeout_seconds=1.1,
        default_tries=3,
        longest_timeout_seconds=60,
        preferred_tries=3,
        most_tries=3,
        answers_challenges=False,
        challenge="None: an Access-Challenge counts as a refusal.",
        user_waits_seconds=30,
        signs="when set",
        steps=(
            Step("terminal", ("/radius set [find where address=SERVER] timeout=${timeout}s",)),
            Step("terminal, for PAP over L2TP", ("/interface l2tp-server server set authentication=pap",)),
        ),
        signing=(
            Step(
                "terminal, from RouterOS 7.15 on (the default there)",
                ("/radius set [find where address=SERVER] require-message-auth=yes-for-request-resp",),
            ),
        ),
        cautions=(
            "The default is 1100 ms, in older releases 300 ms: no mail is sent within that.",
            "How many tries it makes cannot be set; three are counted on.",
            WINDOWS,
        ),
        source="MikroTik RouterOS manual: RADIUS",
    ),
    NasProduct(
        key="juniper",
        name="Juniper Junos (SRX, MX)",
        default_timeout_seconds=3,
        default_tries=3,
        longest_timeout_seconds=90,
        preferred_tries=3,
        most_tries=10,
        answers_challenges=False,
        challenge="Not known to show one; `radiusd client list` shows whether it ever answered.",
        signs="unknown",
        steps=(
            Step(
                "configure, for VPN users",
                (
                    "set access profile NAME radius-server SERVER timeout $timeout",
                    "set access profile NAME radius-server SERVER retry $tries",
                    "commit",
                ),
            ),
            Step(
                "configure, for administrators",
                (
                    "set system radius-server SERVER timeout $timeout",
                    "set system radius-server SERVER retry $tries",
                    "commit",
                ),
            ),
        ),
        cautions=(
            NO_SIGNING_KNOWN,
            "A server that did not answer once is taken for dead for a while, for all users.",
            "No document was at hand for the lines of the access profile: look whether your release has them.",
        ),
        source="Junos OS: timeout (system), radius-server (access), L2TP RADIUS guide",
    ),
    NasProduct(
        key="opnsense",
        name="OPNsense",
        default_timeout_seconds=10,
        default_tries=3,
        longest_timeout_seconds=60,
        preferred_tries=3,
        most_tries=3,
        answers_challenges=False,
        challenge="None: everything but Access-Accept counts as a refusal.",
        user_waits_seconds=60,
        signs="unknown",
        steps=(
            Step("System > Access > Servers > NAME", ("Protocol: PAP", "Authentication Timeout: $timeout")),
            Step("the users' .ovpn", ("hand-window $longer",)),
        ),
        cautions=(
            NO_SIGNING_KNOWN,
            "It always makes three tries. After any failure it asks the next server of its list: name one alone.",
            "OpenVPN gives a handshake 60 s; for a longer wait hand-window must be raised on its server too.",
            "It sends no Calling-Station-Id: two sign-ins of one user cannot be told apart.",
        ),
        source="opnsense/core Auth/Radius.php; opnsense/core issue 10270",
    ),
    NasProduct(
        key="netscaler",
        name="Citrix NetScaler Gateway",
        default_timeout_seconds=3,
        default_tries=3,
        longest_timeout_seconds=90,
        preferred_tries=1,
        most_tries=1,
        answers_challenges=True,
        challenge="A second page with the text of Reply-Message and one field.",
        signs="when set",
        steps=(
            Step(
                "CLI",
                (
                    "set authentication radiusAction NAME -authTimeout $timeout -authservRetry $tries",
                    "set authentication radiusAction NAME -passEncoding pap -callingstationid ENABLED",
                    "set ns timeout -newConnIdleTimeout $longer",
                    "save ns config",
                ),
            ),
        ),
        signing=(Step("CLI", ("set authentication radiusAction NAME -messageAuthenticator ON", "save ns config")),),
        cautions=(
            "newConnIdleTimeout is 4 s by default: a later Access-Accept is on the wire, and a refusal in its log.",
            "Whether authTimeout counts for each try or for all is not documented: one try is safe.",
        ),
        source="NetScaler NITRO reference, authenticationradiusaction; Citrix support article 236072",
    ),
    NasProduct(
        key="f5",
        name="F5 BIG-IP Access Policy Manager",
        default_timeout_seconds=5,
        default_tries=3,
        longest_timeout_seconds=120,
        preferred_tries=1,
        most_tries=1,
        answers_challenges=True,
        challenge="A second page with the text of Reply-Message and one field.",
        signs="unknown",
        steps=(
            Step("tmsh", ("modify apm aaa radius NAME timeout $timeout retries $tries", "save sys config")),
            Step("or Access > Authentication > RADIUS > NAME", ("Timeout: $timeout seconds", "Retries: $tries")),
        ),
        cautions=(
            NO_SIGNING_KNOWN,
            "Its default time-out was not found in a document of F5.",
            "A virtual server before radiusd must keep the source ports and one pool member for each NAS.",
        ),
        source="F5 BIG-IQ API reference, RADIUS server; F5 community, RADIUS load balancing",
    ),
)
