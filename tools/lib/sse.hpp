// Server-Sent Events, out of the bytes of a stream.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace avm {

struct ServerEvent {
  std::string event;  ///< Empty: it has no name.
  std::string id;
  std::string data;
};

class SseReader {
 public:
  /// Takes some bytes in. `take` is given each event that is whole; false: no more is wanted.
  bool feed(std::string_view bytes, const std::function<bool(const ServerEvent&)>& take);

 private:
  bool end_line(const std::function<bool(const ServerEvent&)>& take);

  std::string line_;
  ServerEvent event_;
};

}  // namespace avm
