// Content hashes: what a function does, whatever it is called and wherever its constants lie.
//
// Each thing that is hashed starts with a byte that says what it is, and each text with its length,
// so that no two different things are hashed from the same bytes.
#include <algorithm>
#include <bit>
#include <span>

#include <nettle/sha2.h>

#include "avm/tape.hpp"
#include "tape/instruction.hpp"
#include "tape/verify.hpp"

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

// Gathers the bytes of one thing after the other.
class Hasher {
 public:
  void begin(Part part) {
    bytes_.clear();
    add(part);
  }
  void add(Part part) { byte(static_cast<std::uint8_t>(part)); }
  void byte(std::uint8_t value) { bytes_.push_back(value); }
  void number(std::uint64_t value) { numbers(std::span(&value, 1)); }
  void words(std::span<const Word> values) { numbers(values); }
  void text(std::string_view value) {
    number(value.size());
    append(std::as_bytes(std::span(value)));
  }
  void hash(const Hash& value) { append(std::as_bytes(std::span(value.bytes))); }

  Hash finish() const {
    Hash result;
    sha256_ctx state;
    sha256_init(&state);
    sha256_update(&state, bytes_.size(), bytes_.data());
    sha256_digest(&state, result.bytes.size(), result.bytes.data());
    return result;
  }

 private:
  /// The lowest byte of each first.
  template <typename Number>
  void numbers(std::span<Number> values) {
    if constexpr (std::endian::native == std::endian::little) {
      append(std::as_bytes(values));
    } else {
      for (const Number value : values)
        append(std::as_bytes(std::span(std::array{std::byteswap(value)})));
    }
  }
  void append(std::span<const std::byte> more) {
    const auto* const begin = reinterpret_cast<const std::uint8_t*>(more.data());
    bytes_.insert(bytes_.end(), begin, begin + more.size());
  }

  std::vector<std::uint8_t> bytes_;
};

std::vector<Hash> constant_hashes(const ConstantPool& pool) {
  std::vector<Hash> hashes(pool.size());
  Hasher hasher;
  for (std::uint32_t i = 0; i < pool.size(); ++i) {
    const ConstantPool::Node& node = pool[i];
    hasher.begin(Part::Constant);
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

// The functions that each function names, those of all one behind the other.
struct Callees {
  std::vector<std::uint32_t> all;
  std::vector<std::size_t> begins;  // of each function, and the end
};

// Tarjan's strongly connected components, with a stack of its own: functions that call each other in
// a circle, each circle after those that it calls.
class Circles {
 public:
  explicit Circles(const Callees& callees) : callees_(callees), nodes_(callees.begins.size() - 1) {}

  /// Calls `visit(functions)` for each circle.
  template <typename Visit>
  void for_each(Visit visit) {
    for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
      if (nodes_[i].order == 0) visit_from(i, visit);
    }
  }

 private:
  struct Node {
    std::uint32_t order = 0;  // of first visit, from 1
    std::uint32_t lowest = 0;
    std::size_t next = 0;  // of its callees
    bool is_open = false;
  };

  void enter(std::uint32_t index) {
    nodes_[index] = {++visited_, visited_, callees_.begins[index], true};
    path_.push_back(index);
    open_.push_back(index);
  }

  template <typename Visit>
  void visit_from(std::uint32_t root, Visit& visit) {
    enter(root);
    while (!path_.empty()) {
      const std::uint32_t index = path_.back();
      Node& node = nodes_[index];
      if (node.next == callees_.begins[index + 1]) {
        leave(index, visit);
        continue;
      }
      const std::uint32_t callee = callees_.all[node.next++];
      if (nodes_[callee].order == 0)
        enter(callee);
      else if (nodes_[callee].is_open)
        node.lowest = std::min(node.lowest, nodes_[callee].order);
    }
  }

  template <typename Visit>
  void leave(std::uint32_t index, Visit& visit) {
    path_.pop_back();
    const Node& node = nodes_[index];
    if (!path_.empty()) {
      Node& caller = nodes_[path_.back()];
      caller.lowest = std::min(caller.lowest, node.lowest);
    }
    if (node.lowest != node.order) return;
    std::size_t begin = open_.size();
    do {
      --begin;
      nodes_[open_[begin]].is_open = false;
    } while (open_[begin] != index);
    visit(std::span<const std::uint32_t>(open_).subspan(begin));
    open_.resize(begin);
  }

  const Callees& callees_;
  std::vector<Node> nodes_;
  std::vector<std::uint32_t> path_;
  std::vector<std::uint32_t> open_;  // visited, and not yet known to which circle it belongs
  std::uint32_t visited_ = 0;
};

// Where hashes go as they are found, each function's after those that it depends on.
struct NewHashes {
  std::vector<Hash> all;

  void put(std::uint32_t index, const Hash& hash) { all[index] = hash; }
  const Hash& operator[](std::uint32_t index) const { return all[index]; }
};

// The declared ones, each compared with what is found. Those that a function depends on were compared
// before: if all compare equal, each is the true one.
struct DeclaredHashes {
  const std::vector<TapeFunction>& functions;
  bool are_true = true;

  void put(std::uint32_t index, const Hash& hash) {
    are_true = are_true && hash == functions[index].hash;
  }
  const Hash& operator[](std::uint32_t index) const { return functions[index].hash; }
};

template <typename Hashes>
class ContentHasher {
 public:
  ContentHasher(const Tape& tape, Hashes& hashes)
      : tape_(tape), constants_(constant_hashes(tape.constants)), hashes_(hashes) {}

  void run() {
    const Callees callees = hash_leaves();
    if (callees.all.empty()) return;
    circle_of_.resize(tape_.functions.size());
    Circles(callees).for_each([&](std::span<const std::uint32_t> circle) {
      if (circle.size() > 1)
        hash_circle(circle);
      else if (callees.begins[circle[0]] != callees.begins[circle[0] + 1])
        hashes_.put(circle[0], local_hash(circle[0]));
    });
  }

 private:
  // Hashes the functions that name no others, as most do; of the rest it notes whom they name. Where there is no
  // rest, `begins` stays empty.
  Callees hash_leaves() {
    Callees callees;
    const auto count = static_cast<std::uint32_t>(tape_.functions.size());
    for (std::uint32_t i = 0; i < count; ++i) {
      const std::size_t begin = callees.all.size();
      gather(i, [&](std::uint32_t callee) { callees.all.push_back(callee); });
      if (callees.all.size() == begin)
        hashes_.put(i, hasher_.finish());
      else
        callees.begins.resize(i + 1, begin);
    }
    if (!callees.all.empty()) callees.begins.resize(count + 1, callees.all.size());
    return callees;
  }

  // Members can be told apart by their names only: what one does depends on what all others do.
  void hash_circle(std::span<const std::uint32_t> circle) {
    ++circles_;
    for (const std::uint32_t index : circle)
      circle_of_[index] = circles_;
    std::vector<std::pair<std::string_view, Hash>> members;
    for (const std::uint32_t index : circle) {
      members.emplace_back(tape_.functions[index].name, local_hash(index));
    }
    std::ranges::sort(members, {}, &decltype(members)::value_type::first);
    hasher_.begin(Part::Circle);
    for (const auto& [name, hash] : members) {
      hasher_.text(name);
      hasher_.hash(hash);
    }
    const Hash digest = hasher_.finish();
    for (const std::uint32_t index : circle) {
      hasher_.begin(Part::Member);
      hasher_.hash(digest);
      hasher_.text(tape_.functions[index].name);
      hashes_.put(index, hasher_.finish());
    }
  }

  Hash local_hash(std::uint32_t index) {
    gather(index, [&](std::uint32_t callee) { add_callee(callee, index); });
    return hasher_.finish();
  }

  // Gathers what a function is hashed from; for each other one that it names, `name_callee` does.
  template <typename NameCallee>
  void gather(std::uint32_t index, NameCallee name_callee) {
    const TapeFunction& function = tape_.functions[index];
    const std::span<const Word> code = function.code;
    hasher_.begin(Part::Function);
    hasher_.byte(static_cast<std::uint8_t>(function.kind));
    hasher_.byte(function.parameters);
    hasher_.number(code.size());
    std::uint32_t done = 0;
    for (std::uint32_t pc = 0; pc < code.size();) {
      // Words that mean nothing have no hash but their own: the verifier refuses them.
      if (!can_decode(code, pc)) {
        ++pc;
        continue;
      }
      const OpForm& form = op_forms[op_byte(code[pc])];
      for (std::size_t i = 0; i + 1 < form.word_count; ++i) {
        const std::uint32_t at = pc + 1 + static_cast<std::uint32_t>(i);
        const Word word = code[at];
        if (!has_meaning(form.extras[i], word)) continue;
        hasher_.words(code.subspan(done, at - done));
        if (form.extras[i] == Extra::Constant)
          hasher_.hash(constants_[word]);
        else if (word == index)
          hasher_.add(Part::Itself);
        else
          name_callee(word);
        done = at + 1;
      }
      pc += form.word_count;
    }
    hasher_.words(code.subspan(done));
  }

  // Whether a word stands for something else, which is hashed in its place.
  bool has_meaning(Extra extra, Word word) const noexcept {
    return (extra == Extra::Constant && word < constants_.size()) ||
           (extra == Extra::Function && word < tape_.functions.size());
  }

  void add_callee(std::uint32_t callee, std::uint32_t caller) {
    if (circle_of_[callee] != 0 && circle_of_[callee] == circle_of_[caller]) {
      hasher_.add(Part::InCircle);
      hasher_.text(tape_.functions[callee].name);
    } else {
      hasher_.add(Part::Outside);
      hasher_.hash(hashes_[callee]);
    }
  }

  const Tape& tape_;
  std::vector<Hash> constants_;
  std::vector<std::uint32_t> circle_of_;  // from 1; 0 for those that are alone
  std::uint32_t circles_ = 0;
  Hashes& hashes_;
  Hasher hasher_;
};

}  // namespace

std::vector<Hash> content_hashes(const Tape& tape) {
  NewHashes hashes{std::vector<Hash>(tape.functions.size())};
  ContentHasher(tape, hashes).run();
  return std::move(hashes.all);
}

bool are_hashes_true(const Tape& tape) {
  DeclaredHashes hashes{tape.functions};
  ContentHasher(tape, hashes).run();
  return hashes.are_true;
}

}  // namespace avm
