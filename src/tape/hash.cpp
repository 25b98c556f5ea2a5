// Content hashes: what a function does, whatever it is called and wherever its constants lie.
//
// Each thing that is hashed starts with a byte that says what it is, and each text with its length,
// so that no two different things are hashed from the same bytes.
#include <algorithm>
#include <optional>

#include <nettle/sha2.h>

#include "avm/tape.hpp"
#include "tape/instruction.hpp"

namespace avm {
namespace {

enum class Part : std::uint8_t {
  // what is hashed
  Constant = 1,
  Function,
  Circle,
  Member,
  // how a function names another
  Itself = 16,
  InCircle,
  Outside,
};

class Hasher {
 public:
  explicit Hasher(Part part) { add(part); }

  void add(Part part) { byte(static_cast<std::uint8_t>(part)); }
  void byte(std::uint8_t value) { bytes_.push_back(value); }
  void word(std::uint32_t value) { little_endian(value, 4); }
  void number(std::uint64_t value) { little_endian(value, 8); }
  void text(std::string_view value) {
    number(value.size());
    bytes_.insert(bytes_.end(), value.begin(), value.end());
  }
  void hash(const Hash& value) {
    bytes_.insert(bytes_.end(), value.bytes.begin(), value.bytes.end());
  }

  Hash finish() const {
    Hash result;
    sha256_ctx state;
    sha256_init(&state);
    sha256_update(&state, bytes_.size(), bytes_.data());
    sha256_digest(&state, result.bytes.size(), result.bytes.data());
    return result;
  }

 private:
  void little_endian(std::uint64_t value, unsigned size) {
    for (unsigned i = 0; i < size; ++i)
      byte(static_cast<std::uint8_t>(value >> 8 * i));
  }

  std::vector<std::uint8_t> bytes_;
};

std::vector<Hash> constant_hashes(const ConstantPool& pool) {
  std::vector<Hash> hashes(pool.size());
  for (std::uint32_t i = 0; i < pool.size(); ++i) {
    const ConstantPool::Node& node = pool[i];
    Hasher hasher(Part::Constant);
    hasher.byte(static_cast<std::uint8_t>(node.kind));
    hasher.number(node.number);
    hasher.text(node.text);
    hasher.number(node.parts.size());
    for (const std::uint32_t part : node.parts)
      hasher.hash(hashes[part]);
    hashes[i] = hasher.finish();
  }
  return hashes;
}

using Callees = std::vector<std::vector<std::uint32_t>>;

Callees find_callees(const Tape& tape) {
  Callees callees(tape.functions.size());
  for (std::size_t i = 0; i < callees.size(); ++i) {
    const auto& code = tape.functions[i].code;
    for (std::uint32_t pc = 0; pc < code.size();) {
      const auto instruction = decode(code, pc);
      if (!instruction) break;
      if (instruction->has(Extra::Function) && instruction->function < callees.size()) {
        callees[i].push_back(instruction->function);
      }
      pc = instruction->next_pc();
    }
  }
  return callees;
}

// Tarjan's strongly connected components, with a stack of its own: functions that call each other in
// a circle, each circle after those that it calls.
class Circles {
 public:
  explicit Circles(const Callees& callees) : callees_(callees), nodes_(callees.size()) {}

  std::vector<std::vector<std::uint32_t>> find() {
    for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
      if (nodes_[i].order == 0) visit_from(i);
    }
    return std::move(circles_);
  }

 private:
  struct Node {
    std::uint32_t order = 0;  // of first visit, from 1
    std::uint32_t lowest = 0;
    std::size_t done = 0;  // callees that have been followed
    bool is_open = false;
  };

  void enter(std::uint32_t index) {
    nodes_[index] = {++visited_, visited_, 0, true};
    path_.push_back(index);
    open_.push_back(index);
  }

  void visit_from(std::uint32_t root) {
    enter(root);
    while (!path_.empty()) {
      const std::uint32_t index = path_.back();
      Node& node = nodes_[index];
      if (node.done == callees_[index].size()) {
        leave(index);
        continue;
      }
      const std::uint32_t callee = callees_[index][node.done++];
      if (nodes_[callee].order == 0)
        enter(callee);
      else if (nodes_[callee].is_open)
        node.lowest = std::min(node.lowest, nodes_[callee].order);
    }
  }

  void leave(std::uint32_t index) {
    path_.pop_back();
    const Node& node = nodes_[index];
    if (!path_.empty()) {
      Node& caller = nodes_[path_.back()];
      caller.lowest = std::min(caller.lowest, node.lowest);
    }
    if (node.lowest != node.order) return;
    auto& circle = circles_.emplace_back();
    do {
      circle.push_back(open_.back());
      nodes_[open_.back()].is_open = false;
      open_.pop_back();
    } while (circle.back() != index);
  }

  const Callees& callees_;
  std::vector<Node> nodes_;
  std::vector<std::uint32_t> path_;
  std::vector<std::uint32_t> open_;  // visited, and not yet known to which circle it belongs
  std::vector<std::vector<std::uint32_t>> circles_;
  std::uint32_t visited_ = 0;
};

class ContentHasher {
 public:
  explicit ContentHasher(const Tape& tape)
      : tape_(tape),
        constants_(constant_hashes(tape.constants)),
        circle_of_(tape.functions.size()),
        hashes_(tape.functions.size()) {}

  std::vector<Hash> run() {
    const auto circles = Circles(find_callees(tape_)).find();
    for (std::uint32_t i = 0; i < circles.size(); ++i) {
      for (const std::uint32_t member : circles[i])
        circle_of_[member] = i;
    }
    for (const auto& circle : circles) {
      if (circle.size() == 1)
        hashes_[circle[0]] = local_hash(circle[0]);
      else
        hash_circle(circle);
    }
    return std::move(hashes_);
  }

 private:
  // Members can be told apart by their names only: what one does depends on what all others do.
  void hash_circle(const std::vector<std::uint32_t>& circle) {
    std::vector<std::pair<std::string_view, Hash>> members;
    for (const std::uint32_t index : circle) {
      members.emplace_back(tape_.functions[index].name, local_hash(index));
    }
    std::ranges::sort(members, {}, &decltype(members)::value_type::first);
    Hasher all(Part::Circle);
    for (const auto& [name, hash] : members) {
      all.text(name);
      all.hash(hash);
    }
    const Hash digest = all.finish();
    for (const std::uint32_t index : circle) {
      Hasher hasher(Part::Member);
      hasher.hash(digest);
      hasher.text(tape_.functions[index].name);
      hashes_[index] = hasher.finish();
    }
  }

  Hash local_hash(std::uint32_t index) const {
    const TapeFunction& function = tape_.functions[index];
    Hasher hasher(Part::Function);
    hasher.byte(static_cast<std::uint8_t>(function.kind));
    hasher.byte(function.parameters);
    hasher.number(function.code.size());
    for (std::uint32_t pc = 0; pc < function.code.size();) {
      hasher.word(function.code[pc]);
      const auto instruction = decode(function.code, pc);
      // Words that mean nothing have no hash but their own: the verifier refuses them.
      if (!instruction) {
        ++pc;
        continue;
      }
      for (std::size_t i = 0; i + 1 < instruction->info->word_count; ++i) {
        add_extra(hasher, instruction->info->extras[i], function.code[pc + 1 + i], index);
      }
      pc = instruction->next_pc();
    }
    return hasher.finish();
  }

  void add_extra(Hasher& hasher, Extra extra, Word word, std::uint32_t caller) const {
    if (extra == Extra::Constant && word < constants_.size())
      hasher.hash(constants_[word]);
    else if (extra == Extra::Function && word < hashes_.size())
      add_callee(hasher, word, caller);
    else
      hasher.word(word);
  }

  void add_callee(Hasher& hasher, std::uint32_t callee, std::uint32_t caller) const {
    if (callee == caller) {
      hasher.add(Part::Itself);
    } else if (circle_of_[callee] == circle_of_[caller]) {
      hasher.add(Part::InCircle);
      hasher.text(tape_.functions[callee].name);
    } else {
      hasher.add(Part::Outside);
      hasher.hash(hashes_[callee]);
    }
  }

  const Tape& tape_;
  std::vector<Hash> constants_;
  std::vector<std::uint32_t> circle_of_;
  std::vector<Hash> hashes_;
};

}  // namespace

std::vector<Hash> content_hashes(const Tape& tape) { return ContentHasher(tape).run(); }

}  // namespace avm
