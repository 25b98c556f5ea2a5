#include "lib/outcomes.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "isa/raised.hpp"

namespace avm {
namespace {

enum Class : std::uint8_t { Ok, True, False, Nothing, Just, FirstError };
constexpr std::array<std::string_view, FirstError> class_names = {"ok", "true", "false", "nothing",
                                                                  "just"};
constexpr KindSet maybe = kind_bit(Kind::Nothing) | kind_bit(Kind::Just);

std::size_t class_of(Op op, const Result<Val>& outcome) {
  if (!outcome) return FirstError + static_cast<std::size_t>(outcome.error().code);
  const KindSet result = op_info(op).result;
  if (result == kind_bit(Kind::Bool)) return outcome->as_bool() ? True : False;
  if (result == maybe) return outcome->is_just() ? Just : Nothing;
  return Ok;
}

std::string_view name_of(std::size_t outcome) {
  if (outcome < FirstError) return class_names[outcome];
  return error_info(static_cast<ErrorCode>(outcome - FirstError)).name;
}

// A Bool that says no more than that it was done.
bool gives_only_true(Op op) {
  switch (op) {
  case Op::destroy_obj:
  case Op::update_pure:
  case Op::register_pure:
  case Op::teleport:
  case Op::move_object:
  case Op::transfer_object: return true;
  default: return false;
  }
}

// No instruction of Layer 4 gives anything yet.
bool is_to_come(const OpInfo& info) { return info.layer == 4; }

bool can_be_result(const OpInfo& info, std::size_t outcome) {
  if (is_to_come(info) || info.group == Group::Control) return false;
  if (info.result == kind_bit(Kind::Bool))
    return outcome == True || (outcome == False && !gives_only_true(info.op));
  if (info.result == maybe) return outcome == Nothing || outcome == Just;
  return outcome == Ok;
}

bool can_be_raised(const OpInfo& info, ErrorCode code) {
  switch (code) {
  // An event, beside which `commit_tx` gives false.
  case ErrorCode::TxError_Conflict: return false;
  // A machine that was there and is gone: not among those made up in one process.
  case ErrorCode::MachineError_Unreachable:
    if (info.op == Op::call || info.op == Op::fetch) return false;
    break;
  // There is no variable to narrow or to label.
  case ErrorCode::FdError_NotImplemented:
    if (info.op == Op::narrow || info.op == Op::label) return false;
    break;
  default: break;
  }
  return raises(info, all_raised()[static_cast<std::size_t>(code)]);
}

bool can_be(const OpInfo& info, std::size_t outcome) {
  if (outcome < FirstError) return can_be_result(info, outcome);
  return can_be_raised(info, static_cast<ErrorCode>(outcome - FirstError));
}

}  // namespace

void Outcomes::count(Op op, const Result<Val>& outcome) {
  ++counts_[static_cast<std::size_t>(op)][class_of(op, outcome)];
}

void Outcomes::add(const Outcomes& others) {
  for (std::size_t op = 0; op < op_count; ++op) {
    for (std::size_t outcome = 0; outcome < counts_[op].size(); ++outcome)
      counts_[op][outcome] += others.counts_[op][outcome];
  }
}

std::vector<Outcomes::Cell> Outcomes::cells(unsigned layer) const {
  std::vector<Cell> result;
  for (const OpInfo& info : all_ops()) {
    const bool is_told =
        info.is_instruction() || info.group == Group::Pure || info.op == Op::reject;
    if (!is_told || info.layer > layer) continue;
    for (std::size_t outcome = 0; outcome < FirstError + all_errors().size(); ++outcome) {
      const std::uint64_t count = counts_[static_cast<std::size_t>(info.op)][outcome];
      if (count != 0 || can_be(info, outcome)) result.push_back({info.op, name_of(outcome), count});
    }
  }
  return result;
}

std::string table_of(const std::vector<Outcomes::Cell>& cells) {
  std::string text;
  std::string never;
  for (std::size_t i = 0; i < cells.size();) {
    const Op op = cells[i].op;
    text += fmt::format("  {:<23}", op_info(op).name);
    std::string_view separator;
    for (; i < cells.size() && cells[i].op == op; ++i) {
      if (cells[i].count == 0) {
        never += fmt::format("  {:<23}{}\n", op_info(op).name, cells[i].name);
        continue;
      }
      text += fmt::format("{}{} {}", separator, cells[i].name, cells[i].count);
      separator = ", ";
    }
    text += '\n';
  }
  return never.empty() ? text : text + "never met:\n" + never;
}

}  // namespace avm
