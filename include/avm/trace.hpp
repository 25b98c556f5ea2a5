// The trace: what an execution did, event by event (book chapter "Tracing").
//
// Each instruction that changes something hands a TraceEntry to the execution's sink. Where there is
// no sink nothing is built. Sinks are called on the thread that runs the execution.
#pragma once

#include <array>
#include <cstdint>
#include <cstdio>
#include <iosfwd>
#include <memory>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>
#include <variant>

#include "avm/val.hpp"

namespace avm {

/// Names a machine. The name is a Str.
struct MachineId {
  Val name;
  friend bool operator==(const MachineId&, const MachineId&) = default;
};

/// Names a controller. The name is a Str.
struct ControllerId {
  Val name;
  friend bool operator==(const ControllerId&, const ControllerId&) = default;
};

namespace event {
struct ObjectCreated {
  ObjectId id;
  Val behavior_name;
};
struct ObjectDestroyed {
  ObjectId id;
};
/// `output` is what the behavior returned, nullopt where it failed.
struct ObjectCalled {
  ObjectId id;
  Val input;
  std::optional<Val> output;
};
struct MessageReceived {
  ObjectId id;
  Val input;
};
struct StateUpdated {
  ObjectId id;
};
struct ObjectMoved {
  ObjectId id;
  MachineId from;
  MachineId to;
};
struct ExecutionMoved {
  MachineId from;
  MachineId to;
};
struct ObjectFetched {
  ObjectId id;
  MachineId machine;
};
/// `from` is nullopt where the object had no controller.
struct ObjectTransferred {
  ObjectId id;
  std::optional<ControllerId> from;
  ControllerId to;
};
struct ObjectFrozen {
  ObjectId id;
  ControllerId controller;
};
struct FunctionUpdated {
  Val name;
};
struct TransactionStarted {
  TxId tx;
};
struct TransactionCommitted {
  TxId tx;
};
struct TransactionAborted {
  TxId tx;
};
struct ErrorOccurred {
  std::string text;
};
}  // namespace event

using EventType =
    std::variant<event::ObjectCreated, event::ObjectDestroyed, event::ObjectCalled,
                 event::MessageReceived, event::StateUpdated, event::ObjectMoved,
                 event::ExecutionMoved, event::ObjectFetched, event::ObjectTransferred,
                 event::ObjectFrozen, event::FunctionUpdated, event::TransactionStarted,
                 event::TransactionCommitted, event::TransactionAborted, event::ErrorOccurred>;

inline constexpr std::size_t event_type_count = std::variant_size_v<EventType>;

/// "ObjectCreated" and so on, by the index of the alternative.
std::string_view event_name(std::size_t index) noexcept;

struct TraceEntry {
  std::uint64_t timestamp = 0;  ///< Counts up from 0 in each execution. Not a wall clock.
  EventType event_type;
  std::optional<ControllerId> executing_controller;
  /// Which execution, where several share a trace; else nullopt.
  std::optional<std::uint64_t> execution;
};

/// One line of JSON, without the newline (the forms are listed in the docs, "Tracing").
std::string to_json(const TraceEntry& entry);
/// One line for people, without the newline.
std::string to_text(const TraceEntry& entry);

/// Where entries go. Implementations must not throw.
class TraceSink {
 public:
  virtual ~TraceSink() = default;
  virtual void record(const TraceEntry& entry) = 0;
};

class PackedTrace;

/// Keeps all entries in memory, in less than a TraceEntry takes.
class MemoryTrace final : public TraceSink {
 public:
  MemoryTrace();
  MemoryTrace(const MemoryTrace& other);
  MemoryTrace(MemoryTrace&& other) noexcept;
  MemoryTrace& operator=(MemoryTrace other) noexcept;
  ~MemoryTrace() override;

  void record(const TraceEntry& entry) override;
  std::size_t size() const noexcept;
  TraceEntry operator[](std::size_t index) const;
  /// All of them, as a range whose elements are made when they are read: keep a copy of one, not a
  /// reference. It holds while the trace stays where it is.
  auto entries() const {
    return std::views::iota(std::size_t{0}, size()) |
           std::views::transform([this](std::size_t index) { return (*this)[index]; });
  }
  std::size_t count(std::string_view event_name) const;

 private:
  friend class ExecutionImpl;
  std::unique_ptr<PackedTrace> log_;
};

/// Counts the entries of each event type and keeps none.
class CountedTrace final : public TraceSink {
 public:
  void record(const TraceEntry& entry) override { ++counts_[entry.event_type.index()]; }
  std::uint64_t count(std::string_view event_name) const;

 private:
  std::array<std::uint64_t, event_type_count> counts_{};
};

/// Writes each entry as a line to a stream, in text or as JSON.
class StreamTrace final : public TraceSink {
 public:
  enum class Format : std::uint8_t { Text, Json };
  StreamTrace(std::ostream& out, Format format) : out_(out), format_(format) {}
  void record(const TraceEntry& entry) override;

 private:
  std::ostream& out_;
  Format format_;
};

}  // namespace avm
