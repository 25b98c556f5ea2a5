// The files that TLS needs.
#pragma once

#include <string>

namespace avm::node {

struct TlsFiles {
  std::string certificate;  ///< PEM; the chain up to the authority may stand behind it.
  std::string key;          ///< PEM
  std::string authority;    ///< PEM
};

}  // namespace avm::node
