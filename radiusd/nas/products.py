"""What NASes do as they come out of the box, and what to set on them so that a sign-in has the time it needs.

Every default is of the document that `source` names, or was measured; where none was found, the caution says so. Where
no document names a limit, `longest_timeout_seconds` is ours: nobody needs more. Only data: `radiusd client advice`
prints it, `radiusd simulate` plays it, docs/nas/ is made of it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from string import Template
from typing import Literal

Signs = Literal["always", "when set", "never", "unknown"]


@dataclass(frozen=True, slots=True)
class Step:
    """What to set in one place. `lines` are typed, or chosen, as they stand; words in capitals are the reader's own."""

    where: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NasProduct:
    """One product. Its time-outs are those between two copies of a request; all times are in seconds.

    `backoff` makes each time-out longer than the one before. Where `waits_after_last` is False, the last copy is sent
    as it gives up. A copy comes from the same port, with the same Identifier and with the same Request Authenticator,
    or not. `prompt_seconds` is for how long the window of a challenge is open, None where that is not known. The
    user's own VPN program gives up after `user_waits_seconds`, None where it waits for the NAS. `sends_pap` is False
    for what speaks EAP alone, which radiusd refuses.
    """

    key: str
    name: str
    default_timeout_seconds: float
    default_tries: int
    longest_timeout_seconds: float
    preferred_tries: int
    most_tries: int
    answers_challenges: bool
    challenge: str
    signs: Signs
    steps: tuple[Step, ...]
    source: str
    signing: tuple[Step, ...] = ()
    cautions: tuple[str, ...] = ()
    backoff: float = 1.0
    waits_after_last: bool = True
    retransmits_same_port: bool = True
    same_identifier: bool = True
    same_authenticator: bool = True
    prompt_seconds: float | None = None
    user_waits_seconds: float | None = None
    sends_pap: bool = True

    @property
    def default_wait_seconds(self) -> float:
        """When it gives up, as it comes."""
        return self.waits(self.default_timeout_seconds, self.default_tries)

    @property
    def longest_timeout(self) -> float:
        """The longest time it can be made to wait for one answer, all its tries together."""
        return self.waits(self.longest_timeout_seconds, self.most_tries)

    def copies(self, timeout: float, tries: int) -> tuple[float, ...]:
        """When each copy is sent, counted from the first, which is at 0."""
        return tuple(timeout * sum(self.backoff**each for each in range(number)) for number in range(tries))

    def waits(self, timeout: float, tries: int) -> float:
        """When it gives up, counted from the first copy."""
        return timeout * self._factor(tries)

    def recommended_tries(self, wait: float) -> int:
        """As few as are customary, or as many as it takes to wait so long."""
        for tries in range(self.preferred_tries, self.most_tries):
            if self.waits(self.longest_timeout_seconds, tries) >= wait:
                return tries
        return self.most_tries

    def recommended_timeout_seconds(self, wait: float) -> float:
        """Whole seconds, so that it waits at least `wait` with the recommended tries, or as long as it can."""
        return min(float(math.ceil(wait / self._factor(self.recommended_tries(wait)))), self.longest_timeout_seconds)

    def recommended_wait(self, wait: float) -> float:
        """How long it waits with what is recommended; less than `wait` where it cannot be made to."""
        return self.waits(self.recommended_timeout_seconds(wait), self.recommended_tries(wait))

    def commands(self, wait: float) -> tuple[Step, ...]:
        """What to set so that it waits `wait`, and signs its requests where that can be chosen."""
        timeout, tries = self.recommended_timeout_seconds(wait), self.recommended_tries(wait)
        total = math.ceil(self.waits(timeout, tries))
        values = {
            "timeout": f"{timeout:g}",
            "tries": str(tries),
            "retries": str(tries - 1),
            "wait": str(total),
            "longer": str(total + 30),
        }
        return tuple(
            Step(step.where, tuple(Template(line).substitute(values) for line in step.lines))
            for step in self.steps + self.signing
        )

    def _factor(self, tries: int) -> float:
        waited = tries if self.waits_after_last else tries - 1
        return sum(self.backoff**each for each in range(waited))


ANYCONNECT = Step(
    "AnyConnect profile, Preferences (Part 2) > Authentication Timeout (10 to 120), or in its XML",
    ("<AuthenticationTimeout>$wait</AuthenticationTimeout>",),
)
NO_SIGNING_KNOWN = "No setting for Message-Authenticator is known to us; `radiusd client list` shows whether it signs."
WINDOWS = "The VPN client of Windows gives up after 30 s by itself, whatever the NAS is set to."

PRODUCTS = (
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
        key="asa",
        name="Cisco ASA with AnyConnect",
        default_timeout_seconds=10,
        default_tries=3,
        longest_timeout_seconds=10,
        preferred_tries=1,
        most_tries=6,
        answers_challenges=True,
        challenge="A window of its own with the text of Reply-Message and one field.",
        user_waits_seconds=30,
        signs="when set",
        steps=(
            Step(
                "configure terminal",
                (
                    "aaa-server NAME protocol radius",
                    " max-failed-attempts 5",
                    " reactivation-mode timed",
                    "aaa-server NAME (INTERFACE) host SERVER",
                    " timeout $wait",
                    " retry-interval $timeout",
                    " authentication-port 1812",
                    " accounting-port 1813",
                ),
            ),
            ANYCONNECT,
        ),
        signing=(
            Step(
                "configure terminal, from ASA 9.22 on",
                ("aaa-server NAME (INTERFACE) host SERVER", " message-authenticator-required"),
            ),
        ),
        cautions=(
            "Its ports are 1645 and 1646 unless told otherwise.",
            "Requests of max-failed-attempts users without an answer mark the server as failed for everybody.",
            "No document was at hand for message-authenticator-required (9.22): look whether your release has it.",
            "Password management in the tunnel group turns PAP into MS-CHAPv2, which is refused: leave it off.",
            "AnyConnect itself gives up after 30 s, before 4.8.02045 after 12 s, unless its profile says otherwise.",
        ),
        source="Cisco ASA CLI guide, AAA servers; ASDM guide, RADIUS server; AnyConnect profile reference",
    ),
    NasProduct(
        key="ftd",
        name="Cisco Secure Firewall (FTD) with AnyConnect",
        default_timeout_seconds=10,
        default_tries=3,
        longest_timeout_seconds=10,
        preferred_tries=1,
        most_tries=30,
        answers_challenges=True,
        challenge="A window of its own with the text of Reply-Message and one field.",
        user_waits_seconds=30,
        signs="when set",
        steps=(
            Step(
                "FMC: Objects > Object Management > AAA Server > RADIUS Server Group > NAME",
                ("Retry Interval: $timeout seconds", "RADIUS Servers > SERVER > Timeout: $wait seconds"),
            ),
            ANYCONNECT,
            Step("FMC", ("Deploy > Deployment",)),
        ),
        signing=(
            Step(
                "FMC, in releases whose RADIUS server has the check box for the Message-Authenticator",
                ("RADIUS Server Group > NAME > RADIUS Servers > SERVER: switch it on",),
            ),
        ),
        cautions=(
            "Cisco asks for 60 seconds or more where there is a second factor.",
            "No document was at hand for the check box of Message-Authenticator: look whether your release has it.",
            "AnyConnect itself gives up after 30 s, before 4.8.02045 after 12 s, unless its profile says otherwise.",
        ),
        source="Cisco Secure Firewall Management Center: RADIUS server options, RADIUS server group options",
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
        key="openvpn",
        name="OpenVPN with openvpn-auth-radius",
        default_timeout_seconds=1,
        default_tries=2,
        waits_after_last=False,
        longest_timeout_seconds=120,
        preferred_tries=2,
        most_tries=2,
        retransmits_same_port=False,
        same_authenticator=False,
        answers_challenges=False,
        challenge="None: an Access-Challenge counts as a refusal.",
        user_waits_seconds=60,
        signs="never",
        steps=(
            Step(
                "radiusplugin.cnf",
                (
                    "useauthcontrolfile=true",
                    "server",
                    "{",
                    "    name=SERVER",
                    "    authport=1812",
                    "    acctport=1813",
                    "    retry=$retries",
                    "    wait=$timeout",
                    "    sharedsecret=SECRET",
                    "}",
                ),
            ),
            Step("server.conf", ("hand-window $longer", "auth-gen-token 43200")),
            Step("the users' .ovpn", ("hand-window $longer",)),
        ),
        cautions=(
            "It sends a last copy as it gives up, and listens for the answer of the newest copy alone.",
            "A sign-in fails where accounting is not answered: `listen.accounting` must be open.",
            "Without auth-gen-token the users are asked again every hour, when the keys are renewed.",
        ),
        source="openvpn-auth-radius 2.1, its source and what it sends; OpenVPN 2.6 manual",
    ),
    NasProduct(
        key="strongswan",
        name="strongSwan",
        default_timeout_seconds=2,
        default_tries=4,
        backoff=1.4,
        longest_timeout_seconds=60,
        preferred_tries=4,
        most_tries=4,
        answers_challenges=False,
        challenge="None of its own: what is asked goes through EAP.",
        signs="always",
        sends_pap=False,
        steps=(
            Step(
                "strongswan.conf, so that PAP is used: EAP-GTC, and XAuth, ask PAM",
                (
                    "charon {",
                    "    half_open_timeout = $longer",
                    "    plugins {",
                    "        eap-gtc {",
                    "            backend = pam",
                    "        }",
                    "        xauth-pam {",
                    "            pam_service = ipsec",
                    "        }",
                    "    }",
                    "}",
                ),
            ),
            Step("swanctl.conf, remote section of the connection", ("auth = eap-gtc",)),
            Step(
                "/etc/pam.d/ipsec, and the rest as for pam_radius",
                ("auth required pam_radius_auth.so", "account required pam_permit.so"),
            ),
            Step(
                "strongswan.conf, where a server that speaks EAP stands between the two",
                (
                    "charon {",
                    "    plugins {",
                    "        eap-radius {",
                    "            retransmit_timeout = $timeout",
                    "            retransmit_tries = $tries",
                    "            servers {",
                    "                NAME {",
                    "                    address = SERVER",
                    "                    secret = SECRET",
                    "                    sockets = 20",
                    "                }",
                    "            }",
                    "        }",
                    "    }",
                    "}",
                ),
            ),
        ),
        cautions=(
            "Its eap-radius plugin speaks EAP alone, which radiusd refuses: take the way through PAM, and see pam_radius.",
            "One request is under way for each of `sockets`: with the default of 1, one held request stops all others.",
        ),
        source="strongSwan eap-radius.opt, eap-gtc.opt, xauth-pam.opt, charon.opt",
    ),
    NasProduct(
        key="pam_radius",
        name="pam_radius_auth (Linux: sshd, sudo)",
        default_timeout_seconds=3,
        default_tries=1,
        longest_timeout_seconds=60,
        preferred_tries=3,
        most_tries=5,
        answers_challenges=True,
        challenge="The text of Reply-Message as a prompt; what is typed is shown unless `prompt_attribute` is set.",
        user_waits_seconds=120,
        signs="when set",
        steps=(
            Step("/etc/pam_radius_auth.conf (3 to 60)", ("SERVER SECRET $timeout",)),
            Step("/etc/pam.d/sshd", ("auth required pam_radius_auth.so retry=$retries prompt_attribute",)),
            Step(
                "/etc/ssh/sshd_config",
                ("UsePAM yes", "KbdInteractiveAuthentication yes", "LoginGraceTime $longer"),
            ),
        ),
        signing=(
            Step("package", ("pam_radius 3.0.0 or later signs by itself; Debian 12 has 2.0.0, which does not.",)),
        ),
        cautions=("No try lasts longer than 60 s, whatever the file says.",),
        source="pam_radius 2.0.0, its source and USAGE; sshd_config(5)",
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
    NasProduct(
        key="meraki",
        name="Cisco Meraki client VPN",
        default_timeout_seconds=5,
        default_tries=3,
        longest_timeout_seconds=60,
        preferred_tries=3,
        most_tries=3,
        answers_challenges=False,
        challenge="None: an Access-Challenge counts as a refusal.",
        user_waits_seconds=30,
        signs="unknown",
        steps=(
            Step(
                "a case with Meraki support: the dashboard has no setting for it",
                ("Please set the RADIUS time-out of client VPN in network NAME to $timeout s, with $tries attempts.",),
            ),
        ),
        cautions=(NO_SIGNING_KNOWN, WINDOWS),
        source="Meraki guides of DoubleClue and Duo",
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
)
BY_KEY = {product.key: product for product in PRODUCTS}
