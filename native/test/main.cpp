// The main function of every doctest program.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include "base/assert.h"

int main(int argc, char** argv) {
  punktfunk::assertions_checked = true;
  return doctest::Context(argc, argv).run();
}
