"""A slixmpp account as a child process: logs in by client certificate, then does as it is told.

Commands arrive on standard input, one a line: "message JID BODY", "subscribe JID", "approve JID", "quit".
Events leave on standard output, one JSON object a line. slixmpp itself is used as released.

Events (key "event"): features, sasl-failure, no-mechanism, session, roster, presence,
subscription-request, message, receipt, stream-error, disconnected, connection-failed.
"""

import argparse
import asyncio
import json
import sys

from slixmpp import ClientXMPP

SASL = "{urn:ietf:params:xml:ns:xmpp-sasl}"
STREAM = "{http://etherx.jabber.org/streams}"
STARTTLS = "{urn:ietf:params:xml:ns:xmpp-tls}starttls"
DELAY = "{urn:xmpp:delay}delay"


def emit(event, **fields):
    print(json.dumps({"event": event, **fields}), flush=True)


def parse_arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--jid", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--cert", help="PEM certificate; leave out to present none")
    parser.add_argument("--key", help="PEM private key of --cert")
    parser.add_argument("--ca", required=True, help="CA that must have signed the server's certificate")
    parser.add_argument("--direct-tls", action="store_true")
    parser.add_argument("--authzid", help="authorization identity; without it slixmpp sends '='")
    parser.add_argument("--insist", action="store_true", help="try EXTERNAL even if the server does not offer it")
    parser.add_argument("--password", default="", help="password of the account")
    parser.add_argument("--mechanism", help="the one SASL mechanism to try")
    return parser.parse_args()


def offered_mechanisms(features):
    return [item.text for item in features.iter(SASL + "mechanism")]


def report_features(stanza):
    """Stream filter: tells what the server offers, before anything is changed."""
    if stanza.xml.tag == STREAM + "features":
        emit("features", offered=offered_mechanisms(stanza.xml), children=[child.tag for child in stanza.xml])
    return stanza


def insist_on_external(stanza):
    """Stream filter: makes slixmpp see EXTERNAL in every features element after TLS and before login."""
    features = stanza.xml
    if features.tag != STREAM + "features" or features.find(STARTTLS) is not None:
        return stanza
    if len(features) > 0 and features.find(SASL + "mechanisms") is None:
        return stanza  # bind and its company: the login is over
    if "EXTERNAL" not in offered_mechanisms(features):
        stanza["mechanisms"] = {"EXTERNAL"}
    return stanza


class Account(ClientXMPP):
    def __init__(self, options):
        super().__init__(options.jid, options.password)
        self.options = options
        self.sent = {}  # body by message id
        self.certfile, self.keyfile = options.cert, options.key
        self.ca_certs = options.ca
        self.ended = asyncio.get_event_loop().create_future()
        self.register_plugin("xep_0184")  # message receipts: proof that the other client has the message
        # The test decides who may subscribe; slixmpp would say yes to everybody.
        self.roster.auto_authorize = None
        self.roster.auto_subscribe = False
        if options.authzid is not None:
            self.credentials["authzid"] = options.authzid
        self.add_filter("in", report_features)
        if options.mechanism is not None:
            self["feature_mechanisms"].use_mech = options.mechanism
        if options.insist:
            self.add_filter("in", insist_on_external)
        for event, handler in {
            "failed_auth": self.on_sasl_failure,
            "no_auth": lambda _: emit("no-mechanism"),
            "stream_negotiated": self.on_negotiated,
            "session_start": self.on_session,
            "roster_update": self.on_roster,
            "presence": self.on_presence,
            "message": self.on_message,
            "receipt_received": self.on_receipt,
            "stream_error": lambda error: emit("stream-error", condition=error["condition"], text=error["text"]),
            "connection_failed": self.on_connection_failed,
            "disconnected": self.on_disconnected,
        }.items():
            self.add_event_handler(event, handler)

    def dial(self):
        # slixmpp replaces the port by 5222 for a name that resolves, so it is given the DNS answer.
        self._dns_answers = iter([("localhost", "127.0.0.1", self.options.port)])
        self.connect(("localhost", self.options.port), use_ssl=self.options.direct_tls,
                     force_starttls=not self.options.direct_tls, disable_starttls=self.options.direct_tls)


    def on_negotiated(self, _):
        if not self.authenticated:
            emit("no-mechanism")
            self.disconnect()

    def on_sasl_failure(self, stanza):
        # slixmpp reads an unknown condition as not-authorized; the test wants the element that was sent.
        conditions = [child.tag.replace(SASL, "") for child in stanza.xml if child.tag != SASL + "text"]
        emit("sasl-failure", conditions=conditions, text=stanza["text"])

    async def on_session(self, _):
        await self.get_roster()
        self.send_presence()
        emit("session", jid=self.boundjid.full)

    def on_roster(self, iq):
        items = {str(jid): {"subscription": item["subscription"], "ask": item["ask"]}
                 for jid, item in iq["roster"]["items"].items()}
        emit("roster", push=iq["type"] == "set", items=items)

    def on_presence(self, presence):
        kind = presence.xml.get("type", "available")
        sender = presence["from"]
        event = "subscription-request" if kind == "subscribe" else "presence"
        emit(event, type=kind, sender=sender.full, bare=sender.bare, show=presence.xml.findtext("{jabber:client}show"))

    def on_message(self, message):
        if message["body"]:
            emit("message", sender=message["from"].full, bare=message["from"].bare, type=message["type"],
                 body=message["body"], delayed=message.xml.find(DELAY) is not None)

    def on_receipt(self, message):
        emit("receipt", sender=message["from"].full, of=self.sent.get(message["receipt"]))

    def on_connection_failed(self, reason):
        emit("connection-failed", reason=str(reason))
        self.finish()

    def on_disconnected(self, reason):
        emit("disconnected", reason=str(reason))
        self.finish()

    def finish(self):
        self.cancel_connection_attempt()
        self._run_out_filters.cancel()
        if not self.ended.done():
            self.ended.set_result(None)

    def obey(self, command, rest):
        if command == "message":
            to, body = rest.split(" ", 1)
            message = self.make_message(mto=to, mbody=body, mtype="chat")
            message["request_receipt"] = True
            self.sent[message["id"]] = body
            message.send()
        elif command == "subscribe":
            self.send_presence(pto=rest, ptype="subscribe")
        elif command == "approve":
            self.send_presence(pto=rest, ptype="subscribed")
        elif command == "quit":
            self.disconnect()
        else:
            raise ValueError(f"unknown command {command!r}")


async def read_commands(account):
    reader = asyncio.StreamReader()
    await asyncio.get_event_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        command, _, rest = line.decode().rstrip("\n").partition(" ")
        account.obey(command, rest)
    account.disconnect()  # the test went away


async def main():
    account = Account(parse_arguments())
    account.dial()
    commands = asyncio.ensure_future(read_commands(account))
    await account.ended
    commands.cancel()


asyncio.set_event_loop(asyncio.new_event_loop())
asyncio.get_event_loop().run_until_complete(main())
