#include "shell/running_node.hpp"

#include <chrono>
#include <stdexcept>
#include <utility>

#include "avm/assemble.hpp"

namespace avm::test {

void KeptLog::line(node::LogLevel, std::string_view text, std::span<const node::LogField>) {
  const std::lock_guard lock(mutex_);
  text_.append(text) += '\n';
}

bool KeptLog::contains(std::string_view text) const {
  const std::lock_guard lock(mutex_);
  return text_.contains(text);
}

void KeptLog::wait_for(std::string_view text) const {
  for (int i = 0; i < 6'000; ++i) {
    if (contains(text)) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  throw std::runtime_error("this is not logged: " + std::string(text) + "\nbut this:\n" +
                           this->text());
}

std::string KeptLog::text() const {
  const std::lock_guard lock(mutex_);
  return text_;
}

RunningNode::RunningNode(node::ShellOptions options, Program program) {
  std::promise<void> opened;
  auto has_opened = opened.get_future();
  thread_ = std::thread([this, options = std::move(options), program = std::move(program),
                         opened = std::move(opened)]() mutable {
    run(std::move(options), program, std::move(opened));
  });
  try {
    has_opened.get();
  } catch (...) {
    thread_.join();
    throw;
  }
}

RunningNode::~RunningNode() {
  if (thread_.joinable()) {
    stop();
    wait();
  }
}

void RunningNode::stop() { shell_->stop(); }

void RunningNode::wait() {
  may_go_.set_value();
  thread_.join();
}

void RunningNode::run(node::ShellOptions options, const Program& program,
                      std::promise<void> opened) {
  auto shell = node::Shell::open(std::move(options), log_);
  try {
    if (!shell) throw std::runtime_error(shell.error());
    const Assembly assembly = assemble({"test.avm", program.source});
    if (!assembly.tape) throw std::runtime_error(render(assembly, false));
    if (const auto loaded = (*shell)->core().load(assembly); !loaded) {
      throw std::runtime_error(loaded.error().message);
    }
    for (const std::string& object : program.objects) {
      const std::size_t equals = object.find('=');
      const auto made = (*shell)->create(object.substr(equals + 1), object.substr(0, equals));
      if (!made) throw std::runtime_error(made.error().text());
    }
  } catch (...) {
    opened.set_exception(std::current_exception());
    return;
  }
  address_ = (*shell)->address();
  http_ = (*shell)->http_address().value_or(node::HostPort{});
  shell_ = shell->get();
  opened.set_value();
  (*shell)->run();
  // `stop` may still be called.
  may_go_.get_future().wait();
}

node::ShellOptions with_http(std::string name) {
  node::ShellOptions options;
  options.node.name = std::move(name);
  options.http.emplace();
  return options;
}

}  // namespace avm::test
