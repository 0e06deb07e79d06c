// punktfunk-bench: one run, thread CPU time, medians; see docs/benchmarks.md.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include "bench/codecs.h"
#include "bench/fec.h"
#include "bench/frame.h"
#include "bench/relay.h"
#include "bench/results.h"
#include "core/fec/cpu.h"
#include "core/fec/gf16_decoder.h"

namespace {

constexpr const char* usage =
    "usage: punktfunk-bench [OPTION...]\n"
    "  --json FILE     write all figures to FILE (- for the terminal, instead of\n"
    "                  the tables)\n"
    "  --peer LIBRARY  let another erasure code take part\n"
    "                  (native/bench/peers/README.md)\n"
    "  --isa NAME      pin the instruction set of our own code: scalar, ssse3,\n"
    "                  avx2, gfni+avx2, gfni+avx512, neon\n"
    "  --repair WAY    pin how our GF(2^16) repairs: syndromes, interpolation, whole\n"
    "  --only K,M      this shape alone; relay: the harness's relay alone\n"
    "  --bytes N       this shard size alone (default 1408 and 1392)\n"
    "  --quick         fewer and shorter rounds\n";

constexpr bench::FecShape shapes[] = {{20, 4, 0},    {50, 10, 0},    {100, 20, 0},   {200, 40, 0},
                                      {500, 100, 0}, {1000, 200, 0}, {4000, 800, 0}, {16384, 3277, 0}};

[[noreturn]] void fail(const std::string& text) {
  std::fprintf(stderr, "%s\n%s", text.c_str(), usage);
  std::exit(2);
}

bool force_isa(const char* name) {
  for (const auto isa : punktfunk::fec::every_isa) {
    if (std::strcmp(name, punktfunk::fec::isa_name(isa)) == 0 && punktfunk::fec::isa_available(isa)) {
      punktfunk::fec::force_isa(isa);
      return true;
    }
  }
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<punktfunk_bench_codec> codecs;
  bench::add_own_codecs(codecs);
#if defined(PUNKTFUNK_BENCH_ISAL)
  std::size_t count = 0;
  const punktfunk_bench_codec* const isal = punktfunk_bench_codecs(&count);
  codecs.insert(codecs.end(), isal, isal + count);
#endif
  const char* json = nullptr;
  bool relay_alone = false;
  bench::FecShape only{};
  std::vector<std::size_t> sizes = {1408, 1392};
  bench::FecRun run{{}, 9, 4e-3};
  for (int i = 1; i < argc; ++i) {
    const std::string option = argv[i];
    const auto value = [&]() -> const char* {
      if (i + 1 == argc) { fail(option + " needs a value"); }
      return argv[++i];
    };
    if (option == "--quick") {
      run.rounds = 3;
      run.sample_s = 1e-3;
    } else if (option == "--json") {
      json = value();
    } else if (option == "--peer") {
      const std::string problem = bench::add_peer(codecs, value());
      if (!problem.empty()) { fail("cannot use the peer: " + problem); }
    } else if (option == "--isa") {
      if (!force_isa(value())) { fail(std::string(argv[i]) + " is not an instruction set of this machine"); }
    } else if (option == "--repair") {
      const std::string way = value();
      using punktfunk::gf16::Repair;
      if (way != "syndromes" && way != "interpolation" && way != "whole") {
        fail("--repair wants syndromes, interpolation or whole");
      }
      punktfunk::gf16::force_repair(way == "whole"           ? Repair::whole_block
                                    : way == "interpolation" ? Repair::interpolation
                                                             : Repair::syndromes);
    } else if (option == "--only") {
      relay_alone = std::strcmp(value(), "relay") == 0;
      if (!relay_alone && std::sscanf(argv[i], "%zu,%zu", &only.data, &only.parity) != 2) {
        fail("--only wants two numbers, K,M, or relay");
      }
    } else if (option == "--bytes") {
      sizes = {std::strtoul(value(), nullptr, 10)};
      if (sizes[0] == 0) { fail("--bytes wants a number"); }
    } else if (option == "--help" || option == "-h") {
      std::fputs(usage, stdout);
      return 0;
    } else {
      fail("unknown option " + option);
    }
  }
  for (const std::size_t bytes : sizes) {
    for (auto shape : shapes) {
      shape.bytes = bytes;
      if (only.data == 0) { run.shapes.push_back(shape); }
    }
  }
  if (only.data != 0) {
    for (const std::size_t bytes : sizes) { run.shapes.push_back({only.data, only.parity, bytes}); }
  }

  std::vector<bench::Result> results;
  const std::string machine = bench::machine_text();
  const std::string isa = punktfunk::fec::isa_name(punktfunk::fec::current_isa());
  if (!relay_alone) {
    bench::bench_setup(results);
    bench::bench_fec(results, codecs, run);
  }
  if (only.data == 0 && !relay_alone) {
    bench::bench_crypto(results, run.rounds, run.sample_s);
    bench::bench_frame(results, run.rounds, run.sample_s);
  }
  if (only.data == 0) { bench::bench_relay(results, run.rounds); }

  if (json == nullptr || std::strcmp(json, "-") != 0) {
    std::printf("%s; our code runs on %s; thread CPU time\n", machine.c_str(), isa.c_str());
    bench::print_tables(results);
  }
  if (json != nullptr) {
    const std::string text = bench::to_json(results, machine, isa);
    if (std::strcmp(json, "-") == 0) {
      std::fputs(text.c_str(), stdout);
    } else {
      std::ofstream file(json);
      file << text;
      if (!file.flush()) { fail(std::string("cannot write ") + json); }
    }
  }
  return 0;
}
