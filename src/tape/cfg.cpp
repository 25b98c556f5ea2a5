#include "avm/control_flow.hpp"

#include <fmt/format.h>

#include "tape/flow.hpp"
#include "tape/listing.hpp"

namespace avm {
namespace {

// What both languages have in common: frames of boxes, and arrows.
class Drawing {
 public:
  virtual ~Drawing() = default;
  virtual void open_frame(std::size_t function, std::string_view title) = 0;
  virtual void box(std::string_view name, const std::vector<std::string>& lines) = 0;
  virtual void arrow(std::string_view from, std::string_view to, std::string_view label) = 0;
  virtual void close_frame() = 0;
  virtual std::string finish() = 0;
};

class MermaidDrawing final : public Drawing {
 public:
  void open_frame(std::size_t function, std::string_view title) override {
    text_ += fmt::format("  subgraph f{} [\"{}\"]\n", function, title);
  }
  void box(std::string_view name, const std::vector<std::string>& lines) override {
    text_ += fmt::format("    {}[\"", name);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      text_ += fmt::format("{}{}", i == 0 ? "" : "<br/>", escaped(lines[i]));
    }
    text_ += "\"]\n";
  }
  void arrow(std::string_view from, std::string_view to, std::string_view label) override {
    const std::string note = label.empty() ? "" : fmt::format("|{}|", label);
    text_ += fmt::format("    {} -->{} {}\n", from, note, to);
  }
  void close_frame() override { text_ += "  end\n"; }
  std::string finish() override { return std::move(text_); }

 private:
  // In a quoted text characters stand as #number; where they would mean something else.
  static std::string escaped(std::string_view text) {
    std::string result;
    for (const char c : text) {
      if (std::string_view("\"#&<>\\`").find(c) == std::string_view::npos)
        result += c;
      else
        result += fmt::format("#{};", static_cast<int>(c));
    }
    return result;
  }

  std::string text_ = "flowchart TD\n";
};

class DotDrawing final : public Drawing {
 public:
  void open_frame(std::size_t function, std::string_view title) override {
    text_ += fmt::format("  subgraph cluster_f{} {{\n    label=\"{}\";\n", function, title);
  }
  void box(std::string_view name, const std::vector<std::string>& lines) override {
    text_ += fmt::format("    {} [label=\"", name);
    for (const std::string& line : lines)
      text_ += escaped(line) + "\\l";
    text_ += "\"];\n";
  }
  void arrow(std::string_view from, std::string_view to, std::string_view label) override {
    const std::string note = label.empty() ? "" : fmt::format(" [label=\"{}\"]", label);
    text_ += fmt::format("    {} -> {}{};\n", from, to, note);
  }
  void close_frame() override { text_ += "  }\n"; }
  std::string finish() override { return std::move(text_) + "}\n"; }

 private:
  static std::string escaped(std::string_view text) {
    std::string result;
    for (const char c : text) {
      if (c == '"' || c == '\\') result += '\\';
      result += c;
    }
    return result;
  }

  std::string text_ = "digraph tape {\n  node [shape=box, fontname=monospace];\n";
};

void draw_function(Drawing& drawing, const Tape& tape, std::size_t index) {
  const TapeFunction& function = tape.functions[index];
  const FlowGraph graph(function.code);
  const auto name = [&](std::uint32_t block) { return fmt::format("f{}b{}", index, block); };

  drawing.open_frame(index, fmt::format("{} {}", function_kind_name(function.kind), function.name));
  for (std::uint32_t i = 0; i < graph.blocks().size(); ++i) {
    const BasicBlock& block = graph.blocks()[i];
    std::vector<std::string> lines;
    for (std::uint32_t pc = block.begin; pc < block.end;) {
      const Instruction instruction = *decode(function.code, pc);
      lines.push_back(fmt::format("{}: {}", pc, instruction_summary(tape, instruction)));
      pc = instruction.next_pc();
    }
    drawing.box(name(i), lines);
  }
  for (std::uint32_t i = 0; i < graph.blocks().size(); ++i) {
    const BasicBlock& block = graph.blocks()[i];
    if (block.next) drawing.arrow(name(i), name(*block.next), "");
    if (block.jump) drawing.arrow(name(i), name(*block.jump), block.next ? "jump" : "");
  }
  drawing.close_frame();
}

std::string draw(Drawing&& drawing, const Tape& tape) {
  for (std::size_t i = 0; i < tape.functions.size(); ++i)
    draw_function(drawing, tape, i);
  return drawing.finish();
}

}  // namespace

std::string draw_control_flow(const Tape& tape, GraphFormat format) {
  return format == GraphFormat::Mermaid ? draw(MermaidDrawing(), tape) : draw(DotDrawing(), tape);
}

}  // namespace avm
