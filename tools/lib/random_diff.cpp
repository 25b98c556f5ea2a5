#include "lib/random_diff.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <ostream>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "lib/backend_run.hpp"
#include "lib/files.hpp"
#include "lib/outcomes.hpp"
#include "lib/shrink.hpp"
#include "lib/source_run.hpp"
#include "random/random_program.hpp"

namespace avm {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds progress_interval{200};

std::optional<Difference> compare(const SourceRun& run) {
  const Ran tape = run_on(Backend::Tape, run.assembly, run.options);
  if (auto found = first_difference(tape, run_on(Backend::ITree, run.assembly, run.options)))
    return found;
  return unwatched_difference(tape, run_unwatched(Backend::Tape, run.assembly, run.options));
}

class RandomDiff {
 public:
  RandomDiff(const RandomDiffOptions& options, Io& io)
      : options_(options),
        io_(io),
        jobs_(std::max<std::uint64_t>(1, options.jobs != 0 ? options.jobs
                                                           : std::thread::hardware_concurrency())) {
  }

  ExitCode operator()() {
    {
      std::vector<std::jthread> workers;
      for (std::uint64_t i = 0; i < std::min(jobs_, options_.programs); ++i)
        workers.emplace_back([this] { work(); });
      show_progress();
    }
    if (found_) return report(*found_);
    if (!options_.quiet) report_sameness();
    return ExitCode::Done;
  }

 private:
  // A program that is not the same on both backends, or not valid at all.
  struct Found {
    std::uint64_t seed;
    std::string source;
  };

  std::string source_of(std::uint64_t seed) const {
    return random_program({.seed = seed,
                           .layer = static_cast<unsigned>(options_.layer),
                           .size = static_cast<unsigned>(options_.size)});
  }

  // ─── in each thread ───────────────────────────────────────────────────────────────────────────

  void work() {
    Outcomes outcomes;
    std::uint64_t events = 0;
    std::uint64_t steps = 0;
    while (!is_over()) {
      const std::uint64_t number = next_++;
      if (number >= options_.programs) break;
      const std::uint64_t seed = options_.seed + number;
      const std::string source = source_of(seed);
      const auto run = read_source_run("random.avm", source);
      if (!run) {
        offer({seed, source});
        break;
      }
      const Ran tape = run_on(Backend::Tape, run->assembly, run->options);
      StartOptions hooks;
      hooks.on_outcome = [&](Op op, const Result<Val>& outcome) { outcomes.count(op, outcome); };
      const Ran itree = run_on(Backend::ITree, run->assembly, run->options, hooks);
      if (first_difference(tape, itree) ||
          unwatched_difference(tape, run_unwatched(Backend::Tape, run->assembly, run->options))) {
        offer({seed, source});
        break;
      }
      events += tape.trace.entries().size();
      steps += tape.steps;
      ++done_;
    }
    const std::lock_guard lock(mutex_);
    outcomes_.add(outcomes);
    events_ += events;
    steps_ += steps;
    ++finished_;
    changed_.notify_all();
  }

  bool is_over() const {
    return is_found_ ||
           (options_.seconds && Clock::now() - start_ >= std::chrono::seconds(*options_.seconds));
  }

  // Of several it is the one of the lowest seed that is told.
  void offer(Found found) {
    const std::lock_guard lock(mutex_);
    if (!found_ || found.seed < found_->seed) found_ = std::move(found);
    is_found_ = true;
  }

  // ─── reports ──────────────────────────────────────────────────────────────────────────────────

  double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

  void show_progress() {
    std::unique_lock lock(mutex_);
    const std::uint64_t workers = std::min(jobs_, options_.programs);
    while (!changed_.wait_for(lock, progress_interval, [&] { return finished_ == workers; })) {
      if (!io_.err_is_terminal) continue;
      io_.err << fmt::format("\r{} of {} programs, {:.0f} a second\x1b[K", done_.load(),
                             options_.programs, static_cast<double>(done_) / seconds());
      io_.err.flush();
    }
    if (io_.err_is_terminal) io_.err << "\r\x1b[K";
  }

  void report_sameness() {
    io_.out << fmt::format(
        "same      {} random programs from seed {}: {} events, {} steps; {:.1f} s, {} jobs\n",
        done_.load(), options_.seed, events_, steps_, seconds(), jobs_);
    const auto cells = outcomes_.cells(static_cast<unsigned>(options_.layer));
    const auto met = std::ranges::count_if(cells, [](const auto& cell) { return cell.count != 0; });
    io_.out << fmt::format(
        "what came of instructions and operations: {} of {} outcomes were met\n{}", met,
        cells.size(), table_of(cells));
  }

  ExitCode report(const Found& found) {
    const auto differs = [](const std::string& source) {
      const auto run = read_source_run("random.avm", source);
      return run && compare(*run).has_value();
    };
    if (const auto run = read_source_run("random.avm", found.source); !run) {
      io_.out << fmt::format("invalid   the random program of seed {}\n{}", found.seed,
                             run.error());
      return ExitCode::Failed;
    }
    const Shrunk small = shrink(found.source, differs);
    const auto difference = compare(*read_source_run("random.avm", small.source));
    const std::string path =
        options_.output.empty() ? fmt::format("difference-{}.avm", found.seed) : options_.output;
    const auto lines = [](const std::string& text) { return std::ranges::count(text, '\n'); };
    io_.out << fmt::format("different seed {}: {}\n{}{}", found.seed, difference->what,
                           columns("tape", "itree"),
                           columns(difference->left, difference->right, '>'));
    io_.out << fmt::format("shrunk from {} lines to {} in {} tries:\n\n{}\n", lines(found.source),
                           lines(small.source), small.tries, small.source);
    auto file = OutputFile::create(path);
    if (file) file->stream() << small.source;
    if (const auto written = file ? file->commit() : std::unexpected(file.error()); !written) {
      io_.err << fmt::format("error: {}\n", written.error());
      return ExitCode::Failed;
    }
    io_.out << fmt::format("written to {0}; to see it again:\n"
                           "  avm-diff {0}\n"
                           "  avm-diff --random 1 --seed {1} --layer {2} --size {3}\n",
                           path, found.seed, options_.layer, options_.size);
    return ExitCode::Failed;
  }

  RandomDiffOptions options_;
  Io& io_;
  std::uint64_t jobs_;
  Clock::time_point start_ = Clock::now();

  std::atomic<std::uint64_t> next_ = 0;
  std::atomic<std::uint64_t> done_ = 0;
  std::atomic<bool> is_found_ = false;

  std::mutex mutex_;  // for all below
  std::condition_variable changed_;
  std::uint64_t finished_ = 0;  // threads
  std::optional<Found> found_;
  Outcomes outcomes_;
  std::uint64_t events_ = 0;
  std::uint64_t steps_ = 0;
};

}  // namespace

ExitCode random_diff(const RandomDiffOptions& options, Io& io) { return RandomDiff(options, io)(); }

}  // namespace avm
