// Scope: the text of a random function as far as it is written, and what its registers hold there.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "avm/isa.hpp"

namespace avm {

struct KnownRegister {
  std::string name;
  KindSet kinds;  ///< What it holds, as far as one can tell.
};

class Scope {
 public:
  // Text.

  void line(std::string_view statement) { text_ += fmt::format("    {}\n", statement); }
  template <typename... Parts>
  void line(fmt::format_string<Parts...> format, Parts&&... parts) {
    line(std::string_view(fmt::format(format, std::forward<Parts>(parts)...)));
  }
  void label(std::string_view name) { text_ += fmt::format("{}:\n", name); }
  std::string new_label() { return fmt::format("l{}", labels_++); }
  const std::string& text() const { return text_; }

  // Registers.

  void set(std::string_view name, KindSet kinds) {
    const auto known = std::ranges::find(registers_, name, &KnownRegister::name);
    if (known != registers_.end()) {
      known->kinds = kinds;
    } else {
      registers_.push_back({std::string(name), kinds});
    }
  }
  bool is_set(std::string_view name) const {
    return std::ranges::find(registers_, name, &KnownRegister::name) != registers_.end();
  }
  /// Registers that hold one of `kinds`, whatever it is.
  std::vector<std::string_view> holding(KindSet kinds) const {
    std::vector<std::string_view> names;
    for (const KnownRegister& known : registers_) {
      if ((known.kinds & ~kinds) == 0) names.push_back(known.name);
    }
    return names;
  }
  bool holds(KindSet kinds) const {
    return std::ranges::any_of(registers_,
                               [&](const KnownRegister& r) { return (r.kinds & ~kinds) == 0; });
  }

  /// What `body` writes may be skipped: what is first set in it is not set behind it.
  template <typename Body>
  void maybe(Body body) {
    std::vector<KnownRegister> before = registers_;
    body();
    for (KnownRegister& known : before) {
      const auto after = std::ranges::find(registers_, known.name, &KnownRegister::name);
      known.kinds |= after->kinds;
    }
    registers_ = std::move(before);
  }

 private:
  std::string text_;
  std::vector<KnownRegister> registers_;
  unsigned labels_ = 0;
};

}  // namespace avm
