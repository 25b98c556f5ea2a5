#include "asm/suggest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace avm::ast {
namespace {

// Nobody mistypes a longer name into one that is worth a search.
constexpr std::size_t length_max = 64;

/// Whether `word` is the beginning or the end of `name`, with a `_` between it and the rest.
bool has_word(std::string_view name, std::string_view word) noexcept {
  constexpr std::size_t word_min = 3;
  if (word.size() < word_min || name.size() < word.size() + 2) return false;
  return (name.starts_with(word) && name[word.size()] == '_') ||
         (name.ends_with(word) && name[name.size() - word.size() - 1] == '_');
}

struct Foreign {
  std::string_view name;
  std::string_view here;
};
constexpr std::array foreign_instructions = {
    Foreign{"alloc", "create_obj name"},
    Foreign{"branch", "br c, L"},
    Foreign{"cmp", "%r = eq x, y"},
    Foreign{"copy", "%r = %x"},
    Foreign{"exit", "ret x"},
    Foreign{"goto", "jmp L"},
    Foreign{"halt", "ret x"},
    Foreign{"if", "br c, L"},
    Foreign{"jump", "jmp L"},
    Foreign{"neq", "%r = ne x, y"},
    Foreign{"list", "%r = [x, y]"},
    Foreign{"load", "%r = %x"},
    Foreign{"mov", "%r = %x"},
    Foreign{"move", "%r = %x"},
    Foreign{"new", "%r = create_obj name"},
    Foreign{"pair", "%r = (x, y)"},
    Foreign{"raise", "reject message"},
    Foreign{"return", "ret x"},
    Foreign{"send", "%r = call id, x"},
    Foreign{"throw", "reject message"},
    Foreign{"nop", "an empty line"},
    Foreign{"plus", "%r = add x, y"},
    Foreign{"minus", "%r = sub x, y"},
    Foreign{"times", "%r = mul x, y"},
    Foreign{"self", "%r = get_self"},
    Foreign{"sender", "%r = get_sender"},
    Foreign{"input", "%r = get_input"},
};

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t bound) {
  if (a.size() > length_max || b.size() > length_max) return bound;
  const std::size_t longer = std::max(a.size(), b.size());
  const std::size_t shorter = std::min(a.size(), b.size());
  if (longer - shorter >= bound) return bound;

  // Three rows of the usual table: a swap looks back by two.
  std::array<std::array<std::size_t, length_max + 1>, 3> rows;
  for (std::size_t j = 0; j <= b.size(); ++j)
    rows[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    auto& row = rows[i % 3];
    const auto& above = rows[(i + 2) % 3];
    const auto& two_above = rows[(i + 1) % 3];
    row[0] = i;
    std::size_t least = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({replaced, above[j] + 1, row[j - 1] + 1});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], two_above[j - 2] + 1);
      least = std::min(least, row[j]);
    }
    if (least >= bound) return bound;
  }
  return std::min(rows[a.size() % 3][b.size()], bound);
}

NearName::NearName(std::string_view wanted)
    : wanted_(wanted), bound_(std::max<std::size_t>(wanted.size() / 3, 1) + 1) {
  // Of a single letter everything is near.
  if (wanted.size() <= 1) bound_ = 0;
}

bool NearName::offer(std::string_view candidate) {
  const std::size_t distance = edit_distance(wanted_, candidate, bound_);
  if (distance < bound_) {
    bound_ = distance;
    best_ = candidate;
  } else if (longer_.empty() && has_word(candidate, wanted_)) {
    longer_ = candidate;
  }
  if (offers_left_ > 0) --offers_left_;
  return offers_left_ > 0;
}

std::optional<std::string_view> NearName::best() const noexcept {
  if (!best_.empty()) return best_;
  if (!longer_.empty()) return longer_;
  return std::nullopt;
}

std::optional<std::string> NearName::help() const {
  const auto near = best();
  if (!near) return std::nullopt;
  return fmt::format("did you mean '{}'?", *near);
}

std::optional<std::string_view> foreign_instruction(std::string_view name) noexcept {
  const auto* const found = std::ranges::find(foreign_instructions, name, &Foreign::name);
  if (found == foreign_instructions.end()) return std::nullopt;
  return found->here;
}

}  // namespace avm::ast
