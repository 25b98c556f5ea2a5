#include "shell/certificates.hpp"

#include <cstdlib>
#include <stdexcept>

namespace avm::test {
namespace {

void run(const std::string& command) {
  if (std::system((command + " 2>openssl.log").c_str()) != 0) {
    throw std::runtime_error("this fails (see openssl.log): " + command);
  }
}

const std::string new_key = " -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";

}  // namespace

void make_authority(const std::string& name) {
  run("openssl req -x509 -days 2 -subj /CN=" + name + new_key + " -keyout " + name + ".key -out " +
      name + ".pem");
}

node::TlsFiles make_certificate(const std::string& authority, const std::string& file,
                                const std::string& common_name, const std::string& dns_name) {
  const std::string names = dns_name.empty() ? "" : " -addext subjectAltName=DNS:" + dns_name;
  run("openssl req -new -subj '/CN=" + common_name + "'" + names + new_key + " -keyout " + file +
      ".key -out " + file + ".csr");
  run("openssl x509 -req -days 2 -copy_extensions copy -CA " + authority + ".pem -CAkey " +
      authority + ".key -CAcreateserial -in " + file + ".csr -out " + file + ".pem");
  return {.certificate = file + ".pem", .key = file + ".key", .authority = authority + ".pem"};
}

}  // namespace avm::test
