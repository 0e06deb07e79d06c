// The examples of every message, and everything that may not be done to them (tools/contract/examples.ts).
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "contract/json.h"
#include "contract/messages.h"

using namespace punktfunk;
using contract::Json;

namespace {

const std::filesystem::path examples = PUNKTFUNK_EXAMPLES;

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  REQUIRE(file);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// What is written of a message that was read; or the reader's refusal.
std::string written(const std::string& reader, const std::string& json) {
  const auto answer = [](const auto& message) { return message ? contract::write(*message) : message.error(); };
  return reader == "host" ? answer(contract::read_host_message(json)) : answer(contract::read_engine_message(json));
}

}  // namespace

TEST_CASE("every example is read, and written again as it was") {
  std::size_t count = 0;
  for (const std::string reader : {"host", "engine"}) {
    for (const auto& entry : std::filesystem::directory_iterator(examples / reader)) {
      const std::string text = text_of(entry.path());
      const std::string again = written(reader, text);
      CHECK_MESSAGE(Json::parse(text) == Json::parse(again, nullptr, false), entry.path());
      CHECK(written(reader, again) == again);
      ++count;
    }
  }
  CHECK(count > 20);
}

TEST_CASE("what is missing, unknown, misspelt or out of range is refused by its place") {
  std::ifstream lines(examples / "refused.ndjson");
  REQUIRE(lines);
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    const auto change = nlohmann::json::parse(line);
    const std::string reader = change["reader"], example = change["example"];
    auto message = nlohmann::json::parse(text_of(examples / reader / (example + ".json")));
    if (change.contains("remove")) {
      const nlohmann::json::json_pointer at(change["remove"].get<std::string>());
      message[at.parent_pointer()].erase(at.back());
    }
    if (change.contains("put")) {
      const nlohmann::json::json_pointer at(change["put"].get<std::string>());
      message[at] = change.contains("length") ? nlohmann::json(std::string(change["length"].get<std::size_t>(), 'x'))
                                              : change["value"];
    }
    const std::string refusal = written(reader, message.dump()), place = change["place"];
    CHECK_MESSAGE(refusal.starts_with(place + ": "), line, " was answered with ", refusal);
  }
  CHECK(count > 400);
}

TEST_CASE("each problem crosses with its parameters") {
  for (std::size_t i = 0; i < problem_codes; ++i) {
    contract::Problem problem{.failure = {.code = static_cast<ProblemCode>(i), .parameters = {}}, .fatal = i % 2 == 0};
    for (const std::string_view name : parameter_names(problem.failure.code)) {
      problem.failure.parameters.push_back("the " + std::string(name));
    }
    const auto read = contract::read_engine_message(contract::write(problem));
    REQUIRE_MESSAGE(read, text(problem.failure.code));
    CHECK(std::get<contract::Problem>(*read) == problem);
  }
}

TEST_CASE("parameters are cut to what a message carries, between characters") {
  const Failure failure = problem::control_failed(std::string(1023, 'x') + "ä");
  CHECK(failure.parameters.at(0) == std::string(1023, 'x'));
  CHECK(contract::read_engine_message(contract::write(contract::Problem{failure, true})));
  CHECK(problem::packets_impossible(1392, 20).parameters == std::vector<std::string>{"1392", "20"});
}

TEST_CASE("a system's word that is no UTF-8 is written all the same") {
  const std::string json = contract::write(contract::Problem{problem::control_failed("\xff!"), false});
  const auto read = contract::read_engine_message(json);
  REQUIRE(read);
  CHECK(std::get<contract::Problem>(*read).failure.parameters.at(0) == "\xEF\xBF\xBD!");
}

TEST_CASE("what is no message is refused as a whole") {
  const auto refusal = [](const std::string& json) { return written("host", json); };
  CHECK(refusal("") == "the message: is not JSON");
  CHECK(refusal("{\"type\":\"stop\"") == "the message: is not JSON");
  CHECK(refusal("7") == "the message: must be an object");
  CHECK(refusal("null") == "the message: must be an object");
  CHECK(refusal("{}") == "type: is missing");
  CHECK(refusal(std::string(contract::max_message_bytes, '[')) == "the message: is not JSON");
  CHECK(refusal(std::string(contract::max_message_bytes + 1, ' ')) == "the message: has more than 1048576 bytes");
  CHECK(refusal(R"({"type":"probe","module_dir":1e400})") == "the message: is not JSON");
}
