// Frames made of bytes, as peers of a node send them that keep to the form and to little else: they are
// about objects, machines and requests that mostly exist, and their values mostly fit.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "avm/assemble.hpp"
#include "fuzz/choices.hpp"
#include "node/frame.hpp"

namespace avm::fuzz {

/// The node that they are sent to.
inline constexpr std::string_view own_name = "alpha";
inline constexpr std::uint16_t own_prefix = 1;

/// What the node runs, and so do its peers.
const Assembly& node_program();

/// A request that the node has made.
struct Asked {
  std::uint64_t id = 0;
  std::optional<node::Request> request{};  ///< Nullopt: a call.
};

/// Whoever speaks on one connection.
struct Speaker {
  std::string name{};
  std::uint64_t next_request = 1;
  std::vector<Asked> asked{};
};

/// Objects, replicas and programs as values, as another node of the same program would send them.
struct Samples;

class FrameMaker {
 public:
  explicit FrameMaker(Choices& choices);

  /// A value that the node has sent, to be taken up again.
  void keep(const Val& value);

  node::CreateNotify hello(Speaker& speaker);
  static node::CreateNotify hello(node::Hello hello);
  node::Frame frame(Speaker& speaker);
  node::Ask fetch(Speaker& speaker, ObjectId object);

  ObjectId object();
  std::string machine();
  Val value(unsigned depth = 0);
  /// What `node_program`'s programs and behaviors are given.
  Val order();
  static Val order(std::string_view what, ObjectId object, Val x);
  /// The answer to a `fetch`.
  Val replica();

 private:
  node::Call call(Speaker& speaker);
  node::Ask ask(Speaker& speaker);
  node::Frame answer(Speaker& speaker);
  node::CreateNotify announcement();
  std::vector<Val> arguments(node::Request request, const Speaker& speaker);
  Val answer_value(const Asked& asked);
  node::Refusal refusal();
  node::RequestExtras extras(const Speaker& speaker);
  std::uint64_t request_id(Speaker& speaker);
  std::uint64_t any_number();
  Val sample(const std::vector<Val>& samples);
  Val changed(const Val& value, unsigned depth = 0);

  Choices& choices_;
  const Samples& samples_;
  std::vector<Val> kept_;
  ObjectId latest_{std::uint64_t{own_prefix} << 48U};
  std::vector<std::pair<ObjectId, std::uint64_t>> offered_;  // and by which of their moves
};

}  // namespace avm::fuzz
