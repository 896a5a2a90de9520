#!/usr/bin/python3
"""Starts Gajim so that its "Client Certificate" setting takes effect. Written for Gajim 1.7.3 with nbxmpp 4.2.2.

Gajim has the setting (Accounts > Certificate) and stores it, but no code reads it: no certificate is
shown in the TLS handshake, and EXTERNAL is not among the mechanisms that Gajim lets nbxmpp use. This
launcher adds those two steps and then runs Gajim as installed, with the same arguments.

The file may be PEM (certificate and unencrypted key in one file) or PKCS #12. The password of a
PKCS #12 file is taken from the environment variable GAJIM_CERT_PASS.
"""

import os
import sys

import gi

gi.require_version("Gtk", "3.0")

from gi.repository import Gio
from nbxmpp.tcp import TCPConnection


def load_certificate(path, password):
    """Gio.TlsCertificate with its private key; raises GLib.Error if the file holds no usable pair."""
    if path.endswith((".p12", ".pfx")):
        return Gio.TlsCertificate.new_from_file_with_password(path, password or "")
    return Gio.TlsCertificate.new_from_file(path)


def show_certificate_in_handshake():
    start = TCPConnection.start_tls_negotiation

    def start_with_certificate(connection):
        start(connection)
        path, password = connection._client_cert
        if path:
            # The handshake runs with the first bytes written, so this is still in time.
            connection._con.get_base_io_stream().set_certificate(load_certificate(path, password))

    TCPConnection.start_tls_negotiation = start_with_certificate


def log_in_by_external():
    from gajim.common import app
    from gajim.common.client import Client

    prepare = Client._prepare_for_connect

    def prepare_with_certificate(client):
        path = app.settings.get_account_setting(client.account, "client_cert")
        if path:
            client.connection.set_client_cert(path, os.environ.get("GAJIM_CERT_PASS"))
            # nbxmpp would prefer SCRAM and PLAIN, and ask for a password.
            client.connection.set_mechs({"EXTERNAL"})
        prepare(client)

    Client._prepare_for_connect = prepare_with_certificate


def main():
    from gajim import gajim

    show_certificate_in_handshake()
    run = gajim._run_app

    def run_with_certificate():
        log_in_by_external()  # only now may Gajim's own modules be imported
        run()

    gajim._run_app = run_with_certificate
    sys.argv[0] = "gajim"
    gajim.main()


if __name__ == "__main__":
    main()
