// That invariants are looked at here, and end the program.

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "base/assert.h"

namespace {

// The signal that a child ends with which asserts this; 0: it went on.
int signal_of(bool condition) {
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    std::signal(SIGABRT, SIG_DFL);  // the test's own handler would tell of a failed case
    PF_ASSERT(condition);
    _exit(0);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

}  // namespace

TEST_CASE("an invariant that does not hold ends a test") {
  CHECK(signal_of(false) == SIGABRT);
  CHECK(signal_of(true) == 0);
}

TEST_CASE("what people run does not look") {
  punktfunk::assertions_checked = false;
  CHECK(signal_of(false) == 0);
  punktfunk::assertions_checked = true;
}
