"""VPN servers and sign-ins of Linux. Only data."""

from __future__ import annotations

from radiusd.nas.product import NasProduct, Step
from radiusd.nas.products.sentences import RADCLI_COPIES

LINUX = (
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
        speaks="EAP",
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
        challenge="The text of Reply-Message as a prompt; a code is not shown while it is typed.",
        user_waits_seconds=120,
        signs="never",
        steps=(
            Step("/etc/pam_radius_auth.conf (3 to 60)", ("SERVER SECRET $timeout",)),
            Step("/etc/pam.d/sshd", ("auth required pam_radius_auth.so retry=$retries prompt_attribute",)),
            Step(
                "/etc/ssh/sshd_config",
                ("UsePAM yes", "KbdInteractiveAuthentication yes", "LoginGraceTime $longer"),
            ),
        ),
        cautions=(
            "pam_radius 3.0.0 and later sign by themselves: write `message_authenticator: auto` once you have it.",
            "No try lasts longer than 60 s, whatever the file says.",
            "sshd ends a sign-in after LoginGraceTime, 120 s as it comes, whatever is waited for.",
            "The text of a refusal is shown to nobody.",
        ),
        measured="libpam-radius-auth 2.0.0-1, openssh-server 9.2p1-2+deb12u10, keyboard-interactive",
        seen=(
            "One packet, 3 s; with retry=2 three, the same octets from the same port.",
            (
                "User-Name, User-Password, NAS-IP-Address 127.0.0.1, NAS-Identifier (the PAM service), NAS-Port (its process),"
                " NAS-Port-Type 5, Service-Type 8, Calling-Station-Id (the user's address). No Message-Authenticator."
            ),
            "Five challenges one after the other; an empty answer is 16 octets of padding.",
            "What is typed is shown, with `prompt_attribute` too, unless a challenge has Prompt; radiusd's have it.",
            "With a time-out of 60 s an Access-Accept after 50 s lets in.",
            "A second server is asked after all tries to the first.",
        ),
        source="pam_radius 2.0.0, what it sends, its source and USAGE; sshd_config(5)",
    ),
    NasProduct(
        key="ocserv",
        name="OpenConnect server (ocserv)",
        default_timeout_seconds=10,
        default_tries=4,
        longest_timeout_seconds=60,
        preferred_tries=4,
        most_tries=4,
        answers_challenges=True,
        challenge="The text of Reply-Message and one field, which does not show what is typed.",
        signs="never",
        one_at_a_time=True,
        steps=(
            Step("/etc/radcli/radiusclient.conf", ("radius_timeout $timeout", "radius_retries $retries")),
            Step(
                "ocserv.conf",
                (
                    'auth = "radius[config=/etc/radcli/radiusclient.conf,groupconfig=true,nas-identifier=NAME]"',
                    "sec-mod-scale = 4",
                    "auth-timeout = 240",
                ),
            ),
        ),
        cautions=(
            (
                "Another user waits in the TLS handshake already while one is waited for. sec-mod-scale spreads users over"
                " processes, by their address and port: who meets a busy one waits all the same."
            ),
            "It asks the first server of its list first, every time: one that is down costs everybody all its tries.",
            "radius_retries 0 keeps it from starting.",
            "The text of a refusal is shown at the password, and not after a challenge.",
            "max-ban-score: Debian's file lets an address in again only after a while, once it failed 8 times.",
        ),
        measured="ocserv 1.1.6-3, libradcli4 1.2.11-1+b2, openconnect 9.01-3",
        seen=(
            RADCLI_COPIES,
            (
                "User-Name, User-Password, NAS-IP-Address, Calling-Station-Id (the user's address), Connect-Info, Service-Type"
                " 8, NAS-Port-Type 0; NAS-Identifier where it is set. No NAS-Port."
            ),
            "16 challenges one after the other; an empty answer is a User-Password of no octets.",
            "An Access-Challenge without Reply-Message ends the sign-in.",
            "Held for 18 s by radiusd: in. A newcomer who came 2 s into a wait of 20 s was served after 18 s.",
            "Framed-IP-Address with groupconfig=true only, also outside its own network; the group comes from Class.",
            "Session-Timeout is honoured, Idle-Timeout and Acct-Interim-Interval are not. A reconnection asks nothing.",
        ),
        source="ocserv 1.1.6 and radcli 1.2.11, what they send",
    ),
    NasProduct(
        key="pppd",
        name="pppd (radius.so: PPTP, L2TP, PPPoE)",
        default_timeout_seconds=10,
        default_tries=3,
        longest_timeout_seconds=10,
        preferred_tries=3,
        most_tries=3,
        most_hold_seconds=25,
        user_waits_seconds=30,
        answers_challenges=False,
        challenge="Its text reaches the user's program, and counts as a refusal.",
        signs="never",
        steps=(
            Step("/etc/radcli/radiusclient.conf", ("radius_timeout $timeout", "radius_retries $tries")),
            Step("/etc/ppp/options", ("plugin radius.so", "require-pap", "refuse-chap", "refuse-mschap-v2")),
        ),
        cautions=(
            "The user's program gives up after 30 s, counted from its first PAP request: longer time-outs help nobody.",
            "radius_retries 3 is three packets here, and four in ocserv, which reads the same file.",
            "It sends no Calling-Station-Id without the option remotenumber.",
            "Its accounting: two sessions that begin within one second have the same Acct-Session-Id.",
        ),
        measured="ppp 2.4.9-1+1.1+b1, PAP; real daemons on both ends, the kernel's device replaced",
        seen=(
            "Packets at 0, 10 and 20 s, given up at 30 s, the same octets from the same port.",
            "Service-Type 2, Framed-Protocol 1, User-Name, User-Password, NAS-IP-Address 127.0.0.1, NAS-Port 0.",
            "The user's program repeats its request every 3 s; held for 20 s by radiusd: in.",
            "Framed-IP-Address is what the user gets; Session-Timeout ends the session; Reply-Message of a refusal is shown.",
        ),
        source="ppp 2.4.9, what it sends; pppd-radius(8)",
    ),
)
