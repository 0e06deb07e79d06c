// punktfunk-throughput: the data plane alone, from access units to datagrams and back, one end a process.
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "receive.h"
#include "send.h"

int main(int argc, char** argv) {
  using namespace punktfunk::throughput;
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
  if (argc == 6 && std::strcmp(argv[1], "send") == 0) {
    return send({.bind_address = argv[2],
                 .client_address = argv[3],
                 .wire_mbps = std::strtod(argv[4], nullptr),
                 .seconds = static_cast<unsigned>(std::atoi(argv[5]))});
  }
  if (argc == 4 && std::strcmp(argv[1], "receive") == 0) {
    return receive(argv[2], static_cast<std::uint16_t>(std::atoi(argv[3])));
  }
  std::fputs(
      "usage: punktfunk-throughput send ADDRESS CLIENT MBPS SECONDS    0 Mbit/s: as much as goes\n"
      "       punktfunk-throughput receive ADDRESS PORT\n",
      stderr);
  return 64;
}
