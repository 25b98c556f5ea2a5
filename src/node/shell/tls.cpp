#include "node/shell/tls.hpp"

#include <chrono>
#include <optional>
#include <utility>

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>
#include <openssl/x509v3.h>

#include "avm/text.hpp"
#include "node/shell/endpoint.hpp"

namespace avm::node {
namespace {

namespace ssl = asio::ssl;
using Stream = ssl::stream<Socket>;

/// Unlike the plain one it never writes at once: what TLS makes of the bytes might not be taken whole.
class TlsChannel final : public Channel {
 public:
  explicit TlsChannel(Stream stream) : stream_(std::move(stream)) {}

  void read(ChannelUser& user, std::span<char> into) override {
    stream_.async_read_some(
        asio::buffer(into.data(), into.size()),
        [user = user.shared_from_this()](error_code error, std::size_t count) {
          user->on_read(error == ssl::error::stream_truncated ? asio::error::eof : error, count);
        });
  }

  std::size_t write_now(std::string_view, error_code&) override { return 0; }

  void write(ChannelUser& user, std::string_view bytes) override {
    stream_.async_write_some(asio::buffer(bytes),
                             [user = user.shared_from_this()](error_code error, std::size_t count) {
                               user->on_written(error, count);
                             });
  }

  // TCP's end stands for TLS's own: frames have lengths, so that a cut one is seen.
  void end_output() override {
    error_code ignored;
    stream_.lowest_layer().shutdown(tcp::socket::shutdown_send, ignored);
  }

  void close() override {
    error_code ignored;
    stream_.lowest_layer().close(ignored);
  }

 private:
  Stream stream_;
};

// ─── names of certificates ──────────────────────────────────────────────────────────────────────

std::optional<std::string> text_of(const ASN1_STRING* text) {
  if (text == nullptr) return std::nullopt;
  unsigned char* utf8 = nullptr;
  const int size = ASN1_STRING_to_UTF8(&utf8, text);
  if (size < 0) return std::nullopt;
  std::string result(reinterpret_cast<const char*>(utf8), static_cast<std::size_t>(size));
  OPENSSL_free(utf8);
  // A NUL within would read as another name elsewhere.
  if (result.empty() || result.contains('\0')) return std::nullopt;
  return result;
}

std::optional<std::string> dns_name(const X509& certificate) {
  auto* const names = static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr));
  std::optional<std::string> result;
  for (int i = 0; i < sk_GENERAL_NAME_num(names) && !result; ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(names, i);
    if (name->type == GEN_DNS) result = text_of(name->d.dNSName);
  }
  GENERAL_NAMES_free(names);
  return result;
}

std::optional<std::string> common_name(const X509& certificate) {
  X509_NAME* const subject = X509_get_subject_name(&certificate);
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at < 0) return std::nullopt;
  return text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
}

std::optional<std::string> certified_name(SSL* session) {
  X509* const certificate = SSL_get1_peer_certificate(session);
  if (certificate == nullptr) return std::nullopt;
  auto name = dns_name(*certificate);
  if (!name) name = common_name(*certificate);
  X509_free(certificate);
  return name;
}

// ─── the handshake ──────────────────────────────────────────────────────────────────────────────

class Handshake : public std::enable_shared_from_this<Handshake> {
 public:
  Handshake(Socket socket, ssl::context& context, TlsContext::Done done)
      : stream_(std::move(socket), context),
        timer_(stream_.get_executor()),
        done_(std::move(done)) {}

  void start(TlsContext::Side side, std::chrono::milliseconds time) {
    error_code ignored;
    stream_.next_layer().set_option(tcp::no_delay(true), ignored);
    timer_.expires_after(time);
    timer_.async_wait([self = shared_from_this()](error_code error) {
      if (error) return;  // the time is not up
      self->is_late_ = true;
      self->stream_.lowest_layer().close(error);
    });
    const auto type =
        side == TlsContext::Side::Dialled ? ssl::stream_base::client : ssl::stream_base::server;
    stream_.async_handshake(type, [self = shared_from_this()](error_code error) {
      self->timer_.cancel();
      self->finish(error);
    });
  }

 private:
  void finish(error_code error) {
    if (is_late_) return done_(std::unexpected("the TLS handshake takes too long"));
    if (error) return done_(std::unexpected("TLS: " + error.message()));
    auto name = certified_name(stream_.native_handle());
    if (!name) return done_(std::unexpected("TLS: the certificate has no name"));
    if (!is_utf8(*name)) return done_(std::unexpected("TLS: the certificate's name is no text"));
    const tcp::endpoint remote = stream_.lowest_layer().remote_endpoint(error);
    done_(OpenChannel{.channel = std::make_unique<TlsChannel>(std::move(stream_)),
                      .address = error ? "unknown" : to_text(host_port(remote)),
                      .certified_name = std::move(name)});
  }

  Stream stream_;
  asio::steady_timer timer_;
  TlsContext::Done done_;
  bool is_late_ = false;
};

}  // namespace

struct TlsContext::Impl {
  ssl::context context{ssl::context::tls};
};

TlsContext::TlsContext(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TlsContext::~TlsContext() = default;

std::expected<std::unique_ptr<TlsContext>, std::string> TlsContext::load(const TlsFiles& files) {
  auto impl = std::make_unique<Impl>();
  ssl::context& context = impl->context;
  SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_3_VERSION);
  error_code error;
  const auto cannot = [&](std::string_view option, const std::string& file) {
    return std::unexpected(fmt::format("{} '{}': {}", option, file, error.message()));
  };
  context.use_certificate_chain_file(files.certificate, error);
  if (error) return cannot("--tls-cert", files.certificate);
  // It also has to be the certificate's.
  context.use_private_key_file(files.key, ssl::context::pem, error);
  if (error) return cannot("--tls-key", files.key);
  context.load_verify_file(files.authority, error);
  if (error) return cannot("--tls-ca", files.authority);
  context.set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert, error);
  return std::unique_ptr<TlsContext>(new TlsContext(std::move(impl)));
}

void TlsContext::handshake(Socket socket, Side side, std::uint64_t milliseconds, Done done) {
  std::make_shared<Handshake>(std::move(socket), impl_->context, std::move(done))
      ->start(side, std::chrono::milliseconds(milliseconds));
}

}  // namespace avm::node
