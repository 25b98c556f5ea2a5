#include "conformance/rules.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace avm::conformance {

Rules::Rules(std::string_view text) {
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.starts_with('#')) continue;
    const bool is_section = line.starts_with("== ");
    const std::string_view rest = line.substr(is_section ? 3 : 0);
    const auto id_end = std::min(rest.find(' '), rest.size());
    const auto begin = std::min(rest.find_first_not_of(' ', id_end), rest.size());
    const std::string id(rest.substr(0, id_end));
    const std::string words(rest.substr(begin));
    if (words.empty()) complaints.push_back(fmt::format("'{}' is nothing but an id", id));
    if (is_section) {
      sections.push_back({id, words, {}});
    } else if (sections.empty() || !id.starts_with(sections.back().id + '.')) {
      complaints.push_back(fmt::format("'{}' is not in the section of its name", id));
    } else if (find(id) != nullptr) {
      complaints.push_back(fmt::format("'{}' stands twice", id));
    } else {
      sections.back().rules.push_back({id, words});
    }
  }
}

const Rule* Rules::find(std::string_view id) const {
  for (const Section& section : sections) {
    const auto found = std::ranges::find(section.rules, id, &Rule::id);
    if (found != section.rules.end()) return &*found;
  }
  return nullptr;
}

}  // namespace avm::conformance
