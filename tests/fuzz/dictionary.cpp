// Prints libFuzzer's dictionary for source text: the words of the language, from the table of
// instructions, and literals that are easily read wrongly.
#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>

#include "avm/isa.hpp"

namespace {

constexpr std::array<std::string_view, 44> others = {
    "import \"lib.avm\"\n",
    "import \"fuzz.avm\"\n",
    "const k = ",
    "program main {\n",
    "behavior b(%m) {\n",
    "pure f(%x, %y) {\n",
    "unsafe ",
    "}\n",
    "just ",
    "true",
    "false",
    "nothing",
    "else: ",
    "reply ",
    " = ",
    "%x",
    "%0",
    "%249",
    "%250",
    "%_250",
    "%_",
    "_",
    "[_, _]",
    "(_, _)",
    "[]",
    "\"\"",
    "18446744073709551615",
    "18446744073709551616",
    "65535",
    "65536",
    "255",
    "256",
    "1_000",
    "1__0",
    "0x",
    "0xffff_ffff_ffff_ffff",
    "00",
    "\"\\u{10ffff}\"",
    "\"\\u{d800}\"",
    "\"\\u{110000}\"",
    "\"\\n\\t\\r\\0\\\\\\\"\"",
    "; ",
    "\r\n",
    "\xef\xbb\xbf",
};

void print_entry(std::string_view word) {
  std::putchar('"');
  for (const char c : word) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte > 0x7e || c == '"' || c == '\\')
      std::printf("\\x%02x", byte);
    else
      std::putchar(c);
  }
  std::puts("\"");
}

}  // namespace

int main() {
  for (const avm::OpInfo& info : avm::all_ops()) {
    if (info.has_mnemonic()) print_entry(info.name);
  }
  std::ranges::for_each(avm::post_kinds(), print_entry);
  std::ranges::for_each(others, print_entry);
}
