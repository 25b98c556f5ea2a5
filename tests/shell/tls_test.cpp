// TLS between nodes: who shows a certificate of the cluster's authority comes in, under the name in it.
#include <catch2/catch.hpp>

#include <string>

#include "shell/certificates.hpp"
#include "shell/http.hpp"
#include "shell/running_node.hpp"
#include "shell/socket.hpp"
#include "support/files.hpp"

using namespace avm;
using namespace avm::test;
using Catch::Matchers::Contains;

namespace {

node::ShellOptions secure(const std::string& name, const node::TlsFiles& tls) {
  node::ShellOptions options = with_http(name);
  options.tls = tls;
  return options;
}

node::ShellOptions dialling(const std::string& name, const node::TlsFiles& tls,
                            const RunningNode& peer) {
  node::ShellOptions options = secure(name, tls);
  options.peers.push_back({.address = peer.address()});
  return options;
}

Program echo() { return {.source = "behavior echo(%x) {\n ret %x\n}\n", .objects = {"echo=echo"}}; }

}  // namespace

TEST_CASE("two nodes of one authority talk to each other") {
  const Folder folder;
  make_authority("ca");
  // The DNS name goes before the common name; without one the common name counts.
  const auto alpha_files = make_certificate("ca", "a", "anybody", "alpha");
  const auto beta_files = make_certificate("ca", "b", "beta", "");
  RunningNode beta(secure("beta", beta_files), echo());
  beta.log().wait_for("for peers (TLS)");
  node::ShellOptions options = secure("alpha", alpha_files);
  options.peers.push_back({.name = "beta", .address = beta.address()});
  RunningNode alpha(options);
  alpha.log().wait_for("connected with beta");
  beta.log().wait_for("connected with alpha");

  // More than one record of TLS holds, and than the system takes at once.
  const std::string text(900'000, 'x');
  const std::string target = "obj:" + std::to_string(beta.address().port) + ".0";
  const Answer called =
      ask(alpha.http(), post(alpha.http(), "/call",
                             R"({"target":")" + target + R"(","input":"\")" + text + R"(\""})"));
  CHECK(called.status == 200);
  CHECK_THAT(called.body, Contains(std::string(60'000, 'x')));
}

TEST_CASE("a certificate of another authority is refused, whoever dials") {
  const Folder folder;
  make_authority("ca");
  make_authority("other");
  const auto good = make_certificate("ca", "a", "alpha", "alpha");
  const auto bad = make_certificate("other", "b", "beta", "beta");
  RunningNode alpha(secure("alpha", good));
  // This one trusts the right authority, and has nothing to show that it trusts.
  const node::TlsFiles forged{
      .certificate = bad.certificate, .key = bad.key, .authority = "ca.pem"};
  RunningNode beta(dialling("beta", forged, alpha));
  alpha.log().wait_for("a connection is refused: TLS: ");
  RunningNode dials(dialling("gamma", make_certificate("ca", "c", "gamma", "gamma"), beta));
  dials.log().wait_for("TLS: certificate verify failed");
  CHECK(!alpha.log().contains("connected with beta"));
  CHECK(!beta.log().contains("connected with gamma"));
}

TEST_CASE("a node that bears another name than its certificate is refused") {
  const Folder folder;
  make_authority("ca");
  RunningNode alpha(secure("alpha", make_certificate("ca", "a", "alpha", "alpha")));
  RunningNode liar(dialling("beta", make_certificate("ca", "m", "mallory", "mallory"), alpha));
  alpha.log().wait_for("mallory");
  CHECK(!alpha.log().contains("connected with beta"));
}

TEST_CASE("a peer that was given a name has to have it in its certificate") {
  const Folder folder;
  make_authority("ca");
  RunningNode mallory(secure("mallory", make_certificate("ca", "m", "mallory", "mallory")));
  node::ShellOptions options = secure("alpha", make_certificate("ca", "a", "alpha", "alpha"));
  options.peers.push_back({.name = "beta", .address = mallory.address()});
  RunningNode alpha(options);
  alpha.log().wait_for("its certificate names 'mallory', not 'beta'");
  CHECK(!alpha.log().contains("connected with"));
}

TEST_CASE("who does not speak TLS does not come in") {
  const Folder folder;
  make_authority("ca");
  RunningNode alpha(secure("alpha", make_certificate("ca", "a", "alpha", "alpha")));
  Socket plain(alpha.address());
  plain.write("GET / HTTP/1.1\r\nHost: alpha\r\n\r\n");
  plain.read_all();
  alpha.log().wait_for("a connection is refused: TLS: ");
  // And the other way round.
  RunningNode open(with_http("beta"));
  RunningNode dials(dialling("gamma", make_certificate("ca", "c", "gamma", "gamma"), open));
  dials.log().wait_for("cannot be reached yet: TLS: ");
}

TEST_CASE("files that are no good are named") {
  const Folder folder;
  make_authority("ca");
  const auto files = make_certificate("ca", "a", "alpha", "alpha");
  const auto other = make_certificate("ca", "b", "beta", "beta");
  const auto problem = [](const node::TlsFiles& tls) {
    KeptLog log;
    const auto shell = node::Shell::open(secure("alpha", tls), log);
    return shell ? std::string() : shell.error();
  };
  CHECK(problem(files).empty());
  CHECK_THAT(problem({"none.pem", files.key, files.authority}),
             Contains("--tls-cert 'none.pem': "));
  CHECK_THAT(problem({files.key, files.key, files.authority}), Contains("--tls-cert 'a.key': "));
  CHECK_THAT(problem({files.certificate, other.key, files.authority}),
             Contains("--tls-key 'b.key': "));
  CHECK_THAT(problem({files.certificate, files.key, "none.pem"}),
             Contains("--tls-ca 'none.pem': "));
}
