// Test vectors that are JSON.
#pragma once

#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

namespace test {

inline nlohmann::json json_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) { throw std::runtime_error("cannot open " + path); }
  return nlohmann::json::parse(in);
}

}  // namespace test
