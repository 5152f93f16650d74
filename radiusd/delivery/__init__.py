"""How messages leave: one file per `type:` of radius.yaml's mail_servers and sms_gateways."""

from __future__ import annotations

from config.kinds import Kinds

MAIL_KINDS = Kinds("type")
SMS_KINDS = Kinds("type")
