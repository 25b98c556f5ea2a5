// What a conformance file states in the comments at its head, and how that is rewritten.
//
//   ; What the rule is, as prose. A directive is a word and a colon:
//   ;
//   ; covers: tx.one-at-a-time, errors.precedence
//   ; run: avm-run examples/bank.avm --setup open --run pay,pay
//   ; value: [just true,
//   ;         just false]
//   ; events:
//   ;   {"timestamp":0,…}
//
// `covers` names the rows of `rows.txt` that the file is about.
//
// Each `run` begins a case: the command (or its options alone) and what must come of it. What
// stands before the first `run`, or in a file without one, is a case without options. Lines that are
// indented further carry a directive on. In place of a text, `?` stands for what is not known yet:
// AVM_TEST_ACCEPT=1 fills it in.
//
//   value        the value's text form; of concurrent programs, the list of values
//   error        the text of the error that ends the run, or why it was refused
//   exit         avm-run's exit code, where it is neither 0 nor, with an error, 1
//   diagnostics  all that the assembler says, in order, each with the stretch that it marks, from
//                line:column up to and without line:column: `unknown-op@12:10-12:19`; what stands in
//                an imported file, with that file's name: `no-result@imported/a.avm:3:5-3:8`
//   steps        how many steps, of all executions together
//   trace        counts of event types: `2 ObjectCreated, 0 ErrorOccurred`
//   events       the trace itself, as JSON lines
//   trace-like   events that came in this order, with others between them or not: as
//                `avm-run --trace` shows them, without the time; `…` stands for any text
//   failures     errors inside calls, a line each: `ERROR in FUNCTION:LINE < CALLER:LINE`
//   store        the objects at the end, as JSON lines
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace avm::conformance {

struct Expectation {
  std::string key;
  std::string text;
  std::size_t first_line = 0;  ///< Of the file, from 0.
  std::size_t end_line = 0;
};

struct Case {
  std::string run;
  std::vector<Expectation> expectations;

  const Expectation* find(std::string_view key) const;
};

class File {
 public:
  explicit File(std::string_view text);

  const std::vector<Case>& cases() const noexcept { return cases_; }
  /// The rows that it is about.
  std::vector<std::string> covers() const;
  /// What is wrong with the head itself.
  const std::vector<std::string>& complaints() const noexcept { return complaints_; }

  /// Puts `text` in the place of what `expectation` says.
  void rewrite(Expectation expectation, std::string text);
  /// The file with what was rewritten.
  std::string text() const;

 private:
  void read_head();
  void read_line(std::size_t number);
  void begin(std::size_t number, std::string key, std::string_view text);
  void carry_on(std::size_t number, std::string_view text);

  std::vector<std::string> lines_;
  std::vector<Case> cases_ = {{}};
  std::string covers_;
  std::string* open_ = nullptr;  // what an indented line carries on
  bool is_prose_ = false;        // the latest line
  std::vector<std::string> complaints_;
  std::vector<Expectation> replacements_;
};

}  // namespace avm::conformance
