// What the kernel says of the datagrams that it hands over in one piece (udp(7), UDP_GRO; socket(7), SO_RXQ_OVFL).
#pragma once

#include <netinet/udp.h>
#include <sys/socket.h>

#include <cstdint>
#include <cstring>

namespace punktfunk {

// The size of each of them but the last, which may be shorter; `whole` where it is a single one. `drops`, of the socket
// since it was opened, stays as it is while there were none. The message's control part is as recvmsg(2) left it.
inline std::size_t segment_bytes(msghdr& message, std::size_t whole, std::uint32_t& drops) {
  std::size_t segment = whole;
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr; part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level == SOL_UDP && part->cmsg_type == UDP_GRO) {
      int size = 0;
      std::memcpy(&size, CMSG_DATA(part), sizeof size);
      if (size > 0) { segment = static_cast<std::size_t>(size); }
    } else if (part->cmsg_level == SOL_SOCKET && part->cmsg_type == SO_RXQ_OVFL) {
      std::memcpy(&drops, CMSG_DATA(part), sizeof drops);
    }
  }
  return segment;
}

}  // namespace punktfunk
