// The table of errors and the texts of errors.
#include "avm/error.hpp"

#include <catch2/catch.hpp>

#include <set>

#include "avm/text.hpp"
#include "core/random_value.hpp"

using namespace avm;
using namespace avm::test;

TEST_CASE_METHOD(NothingLeaks, "an error's text is its name and its sentence") {
  CHECK(Error(ErrorCode::ObjError_NotFound, Val::object({0})).text() ==
        "ObjError.NotFound: object obj:0 does not exist");
  CHECK(Error(ErrorCode::ReifyError_NoTransaction).text() ==
        "ReifyError.NoTransaction: no transaction is active");
  CHECK(Error(ErrorCode::PureError_TypeMismatch, Val::str("add"), Val::str("nat"), Val::str("bool"))
            .text() == "PureError.TypeMismatch: add wants nat, got bool");
  CHECK(
      Error(ErrorCode::PureError_VersionConflict, Val::str("f"), Val::nat(1), Val::nat(2)).text() ==
      "PureError.VersionConflict: pure function f has version 2, not 1");
  CHECK(Error(ErrorCode::TxError_Conflict, Val::tx({4})).text() ==
        "TxError.Conflict: transaction tx:4 conflicts with a commit made since it began");
  CHECK(Error(ErrorCode::ResourceError_Steps, Val::nat(100)).text() ==
        "ResourceError.Steps: the limit of 100 steps is reached");
}

TEST_CASE_METHOD(NothingLeaks, "a Str in an error stands bare, other values in their text form") {
  const auto rejected = [](Val message) {
    return Error(ErrorCode::ObjError_RejectedCall, Val::object({1}), std::move(message)).text();
  };
  CHECK(rejected(Val::str("no \"such\" thing")) ==
        "ObjError.RejectedCall: object obj:1 rejected the call: no \"such\" thing");
  CHECK(rejected(Val::list({Val::str("a"), Val::nat(1)})) ==
        R"(ObjError.RejectedCall: object obj:1 rejected the call: ["a", 1])");
  // What a program says must not look like another line, nor speak to a terminal.
  CHECK(rejected(Val::str("a\nb\x1b[2J")) ==
        R"(ObjError.RejectedCall: object obj:1 rejected the call: a\nb\u{1b}[2J)");
}

TEST_CASE_METHOD(NothingLeaks, "a large datum is cut") {
  Val huge = Val::nat(1);
  for (unsigned i = 0; i < 60; ++i)
    huge = Val::pair(huge, huge);
  const std::string text = Error(ErrorCode::ObjError_InvalidInput, Val::object({1}), huge).text();
  CHECK(text.ends_with("…"));
  CHECK(text.size() < 1'000'000);
  std::string long_text(message_bytes_max - 1, 'a');
  long_text += "éé";
  const std::string cut = Error(ErrorCode::PureError_NotFound, Val::str(long_text)).text();
  CHECK(cut.ends_with("a…"));
}

TEST_CASE("the table has a row for each error, and each family has its place") {
  std::set<std::string_view> names;
  for (const ErrorInfo& info : all_errors()) {
    CAPTURE(info.name);
    CHECK(names.insert(info.name).second);
    CHECK(info.name.starts_with(std::string(info.family) + "."));
    CHECK(info.data_names.size() <= 3);
    for (std::size_t i = 0; i < info.data_names.size(); ++i) {
      CHECK(info.sentence.find("{" + std::to_string(i) + "}") != std::string_view::npos);
      CHECK(info.data_names[i].find_first_of(", ") == std::string_view::npos);
      CHECK_FALSE(info.data_names[i].empty());
    }
    CHECK(info.sentence.find("{" + std::to_string(info.data_names.size()) + "}") ==
          std::string_view::npos);
    const auto path = error_composition(info.family);
    REQUIRE(path.size() >= 2);
    CHECK(path.front() == "AVMError");
    CHECK(path.back() == info.family);
  }
  CHECK(error_info(ErrorCode::ObjError_InvalidInput).data_names[1] == "input");
  CHECK(error_info(ErrorCode::PureError_OutOfRange).data_names[2] == "length");
  CHECK(all_errors().size() == static_cast<std::size_t>(ErrorCode::ResourceError_Depth) + 1);
}

TEST_CASE("the composition of errors is the book's") {
  const auto path = [](std::string_view family) {
    std::string text;
    for (const std::string_view type : error_composition(family)) {
      text += (text.empty() ? "" : " ") + std::string(type);
    }
    return text;
  };
  CHECK(path("ObjError") == "AVMError PureLayerError TxLayerError BaseError ObjError");
  CHECK(path("ReifyError") == "AVMError PureLayerError TxLayerError BaseError ReifyError");
  CHECK(path("TxError") == "AVMError PureLayerError TxLayerError TxError");
  CHECK(path("PureError") == "AVMError PureLayerError PureError");
  CHECK(path("MachineError") == "AVMError MachineError");
  CHECK(path("ResourceError") == "AVMError ResourceError");
  CHECK(path("Unknown").empty());
}

TEST_CASE_METHOD(NothingLeaks,
                 "only a resource error ends an execution whatever calls are under way") {
  for (std::size_t i = 0; i < all_errors().size(); ++i) {
    const Error error(static_cast<ErrorCode>(i));
    CHECK(error.is_resource() == (error_info(error.code).family == "ResourceError"));
  }
  CHECK(Error(ErrorCode::ObjError_NotFound, Val::object({1})) ==
        Error(ErrorCode::ObjError_NotFound, Val::object({1})));
  CHECK_FALSE(Error(ErrorCode::ObjError_NotFound, Val::object({1})) ==
              Error(ErrorCode::ObjError_NotFound, Val::object({2})));
}
