// Finds the name that was meant by one that is not known.
//
//   NearName near("crate_obj");
//   for (const OpInfo& info : all_ops()) near.offer(info.name);
//   near.best()  // "create_obj"
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace avm::ast {

class NearName {
 public:
  explicit NearName(std::string_view wanted);

  /// False once so many were offered that it has seen enough: a search through a million names for
  /// each of many mistakes would not end.
  bool offer(std::string_view candidate);
  /// The nearest of those offered, the first of equals; none where all are far.
  std::optional<std::string_view> best() const noexcept;
  /// "did you mean 'create_obj'?"
  std::optional<std::string> help() const;

 private:
  std::string_view wanted_;
  std::size_t bound_;  // only what is nearer than this counts
  std::string_view best_;
  std::string_view longer_;  // has the wanted name among its words
  std::size_t offers_left_ = 20'000;
};

/// How many letters to insert, delete, replace or swap with a neighbour make `a` of `b`; `bound`
/// where it takes that many or more.
std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t bound);

/// How an instruction that other languages have under this name is written here.
std::optional<std::string_view> foreign_instruction(std::string_view name) noexcept;

}  // namespace avm::ast
