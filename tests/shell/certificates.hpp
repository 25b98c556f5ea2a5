// Certificates for one test, made by the `openssl` command in the current folder.
#pragma once

#include <string>

#include "node/shell/tls_files.hpp"

namespace avm::test {

/// An authority, as `NAME.pem` and `NAME.key`.
void make_authority(const std::string& name);
/// A certificate of `authority` with this common name and, unless it is empty, DNS name.
node::TlsFiles make_certificate(const std::string& authority, const std::string& file,
                                const std::string& common_name, const std::string& dns_name);

}  // namespace avm::test
