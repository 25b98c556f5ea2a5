#include "shell/process.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <thread>
#include <utility>

#include "support/files.hpp"

namespace avm::test {
namespace {

constexpr std::chrono::seconds patience{60};
constexpr std::chrono::milliseconds pause{5};

std::filesystem::path tool_path(const std::string& tool) {
  const char* const root = std::getenv("AVM_BUILD_ROOT");
  if (root == nullptr) throw std::runtime_error("AVM_BUILD_ROOT has to name the build");
  return std::filesystem::path(root) / "tools" / tool;
}

/// Calls `look` until it gives true, or for too long.
template <typename Look>
bool comes_true(Look look) {
  const auto end = std::chrono::steady_clock::now() + patience;
  while (!look()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(pause);
  }
  return true;
}

}  // namespace

Process::Process(const std::string& tool, std::vector<std::string> arguments) {
  static int count = 0;
  const std::string name = "process-" + std::to_string(count++);
  out_ = std::filesystem::absolute(name + ".out");
  err_ = std::filesystem::absolute(name + ".err");
  arguments.insert(arguments.begin(), tool_path(tool).string());
  std::vector<char*> words;
  for (std::string& argument : arguments)
    words.push_back(argument.data());
  words.push_back(nullptr);

  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  constexpr int flags = O_WRONLY | O_CREAT | O_TRUNC;
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, out_.c_str(), flags, 0600);
  posix_spawn_file_actions_addopen(&files, STDERR_FILENO, err_.c_str(), flags, 0600);
  const int error = posix_spawn(&id_, words[0], &files, nullptr, words.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  if (error != 0) throw std::runtime_error("cannot start " + arguments[0]);
}

Process::~Process() {
  if (id_ < 0) return;
  kill(id_, SIGKILL);
  waitpid(id_, nullptr, 0);
}

void Process::signal(int number) const { kill(id_, number); }

void Process::limit_files(unsigned count) const {
  const rlimit limit{.rlim_cur = count, .rlim_max = count};
  prlimit(id_, RLIMIT_NOFILE, &limit, nullptr);
}

int Process::wait() {
  int status = 0;
  if (!comes_true([&] { return waitpid(id_, &status, WNOHANG) == id_; })) {
    throw std::runtime_error("this does not end:\n" + err());
  }
  id_ = -1;
  return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

std::string Process::out() const { return read_file(out_); }
std::string Process::err() const { return read_file(err_); }

void Process::wait_for(std::string_view text) const {
  if (comes_true([&] { return err().contains(text); })) return;
  throw std::runtime_error("this is not said: " + std::string(text) + "\nbut this:\n" + err());
}

node::HostPort listening(const Process& node, std::string_view what) {
  const std::string field = "\"listening\":\"" + std::string(what) + "\",";
  const std::string port = "\"port\":";
  node.wait_for(field);
  const std::string log = node.err();
  const std::size_t at = log.find(port, log.find(field)) + port.size();
  return {"127.0.0.1", static_cast<std::uint16_t>(std::atoi(log.c_str() + at))};
}

}  // namespace avm::test
