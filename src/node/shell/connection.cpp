#include "node/shell/connection.hpp"

#include <utility>

#include <boost/asio/error.hpp>
#include <fmt/format.h>

namespace avm::node {
namespace {

/// So many bytes are written before the turn is over: the other side can begin with them.
constexpr std::size_t write_early = std::size_t{256} << 10U;

std::string reason(error_code error) {
  return error == asio::error::eof ? "the other side has closed it" : error.message();
}

}  // namespace

Connection::Connection(ConnectionId id, std::unique_ptr<Channel> channel, ConnectionOwner& owner,
                       const ConnectionLimits& limits, Milliseconds now)
    : id_(id),
      channel_(std::move(channel)),
      owner_(owner),
      limits_(limits),
      input_(limits.frame),
      now_(now),
      deadline_(now + limits.first_frame) {}

// ─── in ─────────────────────────────────────────────────────────────────────────────────────────

void Connection::read() {
  if (is_reading_ || state_ == State::Gone) return;
  if (state_ == State::Open && !owner_.may_read()) return;
  is_reading_ = true;
  channel_->read(*this, input_.space());
}

void Connection::on_read(error_code error, std::size_t count) {
  is_reading_ = false;
  if (state_ == State::Gone) return;
  if (error) return state_ == State::Open ? lose(reason(error)) : go();
  // What comes while it is closing is read all the same: to close with something unread would
  // reset the connection, and the other side might lose our last frames.
  if (state_ == State::Open) {
    input_.filled(count);
    take_frames();
  }
  read();
}

void Connection::take_frames() {
  bool is_any = false;
  while (state_ == State::Open) {
    const auto frame = input_.next();
    if (!frame) return lose(frame.error());
    if (!*frame) break;
    is_any = true;
    owner_.on_frame(*this, **frame);
  }
  if (is_any) is_new_ = false;
  if (state_ == State::Open && (is_any || !deadline_)) {
    deadline_.reset();
    if (input_.has_part()) deadline_ = now_ + limits_.whole_frame;
  }
  if (is_any) owner_.on_input(*this);
}

// ─── out ────────────────────────────────────────────────────────────────────────────────────────

bool Connection::send(std::string_view json) {
  if (state_ != State::Open || !failure_.empty()) return false;
  output_.add(json);
  if (output_.size() >= write_early) write();
  if (output_.size() > limits_.queue) {
    failure_ = fmt::format("{} bytes wait to be written (--max-queue is {})", output_.size(),
                           limits_.queue);
  }
  return !std::exchange(wants_flush_, true);
}

bool Connection::close() {
  if (state_ != State::Open) return false;
  state_ = State::Closing;
  deadline_ = now_ + limits_.closing;
  return !std::exchange(wants_flush_, true);
}

void Connection::flush() {
  wants_flush_ = false;
  if (state_ == State::Gone) return;
  write();
  if (!failure_.empty()) return lose(failure_);
  if (state_ == State::Open) return tell_congestion();
  if (output_.size() == 0) end_output();
}

void Connection::write() {
  while (!is_writing_ && failure_.empty()) {
    const std::string_view bytes = output_.front();
    if (bytes.empty()) return;
    error_code error;
    const std::size_t count = channel_->write_now(bytes, error);
    output_.wrote(count);
    if (error) {
      failure_ = reason(error);
    } else if (count < bytes.size()) {
      is_writing_ = true;
      channel_->write(*this, bytes.substr(count));
    }
  }
}

void Connection::on_written(error_code error, std::size_t count) {
  is_writing_ = false;
  if (state_ == State::Gone) return;
  output_.wrote(count);
  if (error) failure_ = reason(error);
  flush();
}

void Connection::tell_congestion() {
  const std::size_t size = output_.size();
  if (is_congested_ ? size >= limits_.relaxed : size <= limits_.congested) return;
  is_congested_ = !is_congested_;
  owner_.on_congested(*this, is_congested_);
}

void Connection::end_output() {
  if (std::exchange(has_ended_output_, true)) return;
  channel_->end_output();
  read();
}

// ─── the end ────────────────────────────────────────────────────────────────────────────────────

void Connection::lose(std::string_view why) {
  if (state_ == State::Gone) return;
  const bool was_open = state_ == State::Open;
  state_ = State::Gone;
  channel_->close();
  if (was_open) owner_.on_lost(*this, why);
  owner_.on_gone(*this);
}

void Connection::go() {
  if (state_ == State::Gone) return;
  state_ = State::Gone;
  channel_->close();
  owner_.on_gone(*this);
}

void Connection::on_tick(Milliseconds now) {
  now_ = now;
  if (!is_writing_) output_.shrink();
  if (!deadline_ || now < *deadline_) return;
  if (state_ == State::Closing) return go();
  if (is_new_) {
    lose(fmt::format("no frame within {} ms of connecting", limits_.first_frame));
  } else {
    lose(fmt::format("a frame is not whole after {} ms", limits_.whole_frame));
  }
}

}  // namespace avm::node
