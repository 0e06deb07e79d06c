// Why no socket can be had at an address.
#pragma once

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string>

#include "contract/problems.h"

namespace punktfunk {

// error: errno of socket() or bind().
inline Failure bind_failure(const std::string& address, std::uint16_t port, int error) {
  switch (error) {
    case EADDRINUSE:
      return problem::port_taken(port, address);
    case EACCES:
      return problem::port_forbidden(port);
    case EADDRNOTAVAIL:
      return problem::address_unusable(address, "this machine has no such address");
    default:
      return problem::socket_unusable(std::strerror(error));
  }
}

}  // namespace punktfunk
