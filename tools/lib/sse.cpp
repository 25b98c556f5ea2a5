#include "lib/sse.hpp"

#include <algorithm>
#include <utility>

namespace avm {

bool SseReader::feed(std::string_view bytes, const std::function<bool(const ServerEvent&)>& take) {
  while (!bytes.empty()) {
    const std::size_t end = std::min(bytes.find('\n'), bytes.size());
    line_ += bytes.substr(0, end);
    if (end == bytes.size()) return true;
    bytes.remove_prefix(end + 1);
    if (!end_line(take)) return false;
  }
  return true;
}

bool SseReader::end_line(const std::function<bool(const ServerEvent&)>& take) {
  std::string line = std::exchange(line_, {});
  if (line.ends_with('\r')) line.pop_back();
  if (line.empty()) {
    const ServerEvent event = std::exchange(event_, {});
    return event.data.empty() || take(event);
  }
  const std::size_t colon = std::min(line.find(':'), line.size());
  std::string_view value = std::string_view(line).substr(std::min(colon + 1, line.size()));
  if (value.starts_with(' ')) value.remove_prefix(1);
  const std::string_view field = std::string_view(line).substr(0, colon);
  if (field == "event") event_.event = value;
  if (field == "id") event_.id = value;
  if (field == "data") {
    if (!event_.data.empty()) event_.data += '\n';
    event_.data += value;
  }
  return true;
}

}  // namespace avm
