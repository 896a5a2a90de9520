// A gloox account as a child process: logs in by client certificate over GnuTLS, then does as it is told.
//
// Arguments: JID PORT CERT KEY CA. Commands on standard input, one a line: "message JID BODY", "quit".
// Events on standard output, one JSON object a line: sent, received, tls, session,
// no-mechanism, message, disconnected.
//
// gloox 1.0.24 never passes the files of setClientCert() on to GnuTLS, so openTls() below does.

#include <gloox/client.h>
#include <gloox/connectionlistener.h>
#include <gloox/gloox.h>
#include <gloox/loghandler.h>
#include <gloox/message.h>
#include <gloox/messagehandler.h>
#include <gloox/tlsdefault.h>

#include <poll.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <string>

namespace {

const int receiveMicroseconds = 20000;

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) < 0x20) continue;
    out += c;
  }
  return out + "\"";
}

void emit(const std::string& event, const std::string& fields = "") {
  std::cout << "{\"event\":" << quoted(event) << (fields.empty() ? "" : ",") << fields << "}" << std::endl;
}

std::string field(const std::string& name, const std::string& value) { return quoted(name) + ":" + quoted(value); }

// The condition as gloox tells its user; "undefined" is a condition gloox does not know.
std::string conditionOf(gloox::AuthenticationError error) {
  switch (error) {
    case gloox::SaslAborted: return "aborted";
    case gloox::SaslIncorrectEncoding: return "incorrect-encoding";
    case gloox::SaslInvalidAuthzid: return "invalid-authzid";
    case gloox::SaslInvalidMechanism: return "invalid-mechanism";
    case gloox::SaslMalformedRequest: return "malformed-request";
    case gloox::SaslMechanismTooWeak: return "mechanism-too-weak";
    case gloox::SaslNotAuthorized: return "not-authorized";
    case gloox::SaslTemporaryAuthFailure: return "temporary-auth-failure";
    default: return "undefined";
  }
}

std::string reasonOf(gloox::ConnectionError error) {
  switch (error) {
    case gloox::ConnStreamError: return "stream-error";
    case gloox::ConnStreamClosed: return "stream-closed";
    case gloox::ConnIoError: return "io-error";
    case gloox::ConnNoSupportedAuth: return "no-supported-auth";
    case gloox::ConnTlsFailed: return "tls-failed";
    case gloox::ConnTlsNotAvailable: return "tls-not-available";
    case gloox::ConnAuthenticationFailed: return "authentication-failed";
    case gloox::ConnUserDisconnected: return "user-disconnected";
    case gloox::ConnConnectionRefused: return "connection-refused";
    default: return "error-" + std::to_string(error);
  }
}

// gloox takes over the result, and never initialises a TLS object that it did not make itself.
gloox::TLSBase* openTls(gloox::TLSHandler& handler, const std::string& server, const char* cert, const char* key,
                        const char* ca) {
  gloox::TLSBase* tls = new gloox::TLSDefault(&handler, server);
  if (!tls->init()) throw std::runtime_error("GnuTLS does not start");
  // In this order: the GnuTLS credentials that take these files exist from init() on.
  tls->setCACerts(gloox::StringList(1, ca));
  tls->setClientCert(key, cert);
  return tls;
}

class Account : public gloox::ConnectionListener, public gloox::MessageHandler, public gloox::LogHandler {
 public:
  explicit Account(gloox::Client& client) : m_client(client) {
    client.registerConnectionListener(this);
    client.registerMessageHandler(this);
    client.logInstance().registerLogHandler(gloox::LogLevelDebug, gloox::LogAreaXmlOutgoing | gloox::LogAreaXmlIncoming, this);
  }

  // gloox calls this too when no mechanism suits it, with nobody logged in; only a bound JID has a resource.
  void onConnect() override {
    if (m_client.jid().resource().empty()) {
      emit("no-mechanism");
      m_client.disconnect();
    } else {
      emit("session", field("jid", m_client.jid().full()));
    }
  }

  void onDisconnect(gloox::ConnectionError error) override {
    emit("disconnected", field("reason", reasonOf(error)) + "," + field("condition", conditionOf(m_client.authError())));
  }

  bool onTLSConnect(const gloox::CertInfo& info) override {
    emit("tls", field("protocol", info.protocol) + "," + field("issuer", info.issuer) + ",\"chainTrusted\":" +
                    (info.status & (gloox::CertInvalid | gloox::CertSignerUnknown) ? "false" : "true"));
    return (info.status & (gloox::CertInvalid | gloox::CertSignerUnknown)) == 0;
  }

  void handleMessage(const gloox::Message& message, gloox::MessageSession*) override {
    if (message.body().empty()) return;
    emit("message", field("sender", message.from().full()) + "," + field("bare", message.from().bare()) + "," +
                        field("body", message.body()));
  }

  // What crosses the wire, for assertions on the exact elements.
  void handleLog(gloox::LogLevel, gloox::LogArea area, const std::string& xml) override {
    emit(area == gloox::LogAreaXmlOutgoing ? "sent" : "received", field("xml", xml));
  }

 private:
  gloox::Client& m_client;
};

// True while the account shall go on.
bool obey(gloox::Client& client, const std::string& line) {
  if (line == "quit") return false;
  const std::string word = line.substr(0, line.find(' '));
  if (word != "message") throw std::invalid_argument("unknown command " + word);
  const std::size_t to = word.size() + 1, body = line.find(' ', to);
  client.send(gloox::Message(gloox::Message::Chat, gloox::JID(line.substr(to, body - to)), line.substr(body + 1)));
  return true;
}

bool obeyPending(gloox::Client& client) {
  pollfd input = {STDIN_FILENO, POLLIN, 0};
  while (poll(&input, 1, 0) > 0) {
    static std::string pending;
    char bytes[4096];
    const ssize_t count = read(STDIN_FILENO, bytes, sizeof bytes);
    if (count <= 0) return false;  // the test went away
    pending.append(bytes, static_cast<std::size_t>(count));
    for (std::size_t end = pending.find('\n'); end != std::string::npos; end = pending.find('\n')) {
      const std::string line = pending.substr(0, end);
      pending.erase(0, end + 1);
      if (!obey(client, line)) return false;
    }
  }
  return true;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 6) {
    std::cerr << "usage: gloox-login JID PORT CERT KEY CA" << std::endl;
    return 64;
  }
  const gloox::JID jid(arguments[1]);
  gloox::Client client(jid, "", std::atoi(arguments[2]));
  client.setServer("127.0.0.1");
  client.setTls(gloox::TLSRequired);
  client.setSASLMechanisms(gloox::SaslMechExternal);
  client.setClientCert(arguments[4], arguments[3]);  // only tells gloox that there is one, so that it logs in
  client.setEncryptionImpl(openTls(client, jid.server(), arguments[3], arguments[4], arguments[5]));
  Account account(client);
  if (!client.connect(false)) return 1;
  while (client.recv(receiveMicroseconds) == gloox::ConnNoError) {
    if (!obeyPending(client)) {
      client.disconnect();
      break;
    }
  }
  return 0;
}
