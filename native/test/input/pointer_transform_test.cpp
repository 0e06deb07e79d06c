// The pointer on outputs that are turned, mirrored and scaled: it goes where the client sees it go.
#include <cmath>

#include "test/input/desktop.h"

using namespace punktfunk;
using namespace punktfunk::test;

TEST_CASE("the pointer reaches the corners and the middle that people see, whatever the output's transform and scale") {
  Fixture desktop;
  for (const char* scale : {"1", "1.5", "2"}) {
    for (const char* transform :
         {"normal", "90", "180", "270", "flipped", "flipped-90", "flipped-180", "flipped-270"}) {
      const std::string name = transform;
      INFO("transform " << name << ", scale " << std::string(scale));
      TestWindow& window = *desktop.window;
      REQUIRE(desktop.sway.command({"output", "HEADLESS-1", "scale", scale, "transform", transform}));
      const double factor = std::stod(scale);
      const bool sideways = name.ends_with("90") || name.ends_with("270");
      const double width = (sideways ? 720 : 1280) / factor, height = (sideways ? 1280 : 720) / factor;
      REQUIRE(window.wait(
          [&] { return std::abs(window.width() - width) <= 1 && std::abs(window.height() - height) <= 1; }));
      window.settle();  // what the window knows our input was told too
      REQUIRE(desktop.input->dispatch());
      // The client's picture has a size of its own.
      const auto reaches = [&](std::int32_t x, std::int32_t y, double wanted_x, double wanted_y) {
        CAPTURE(x);
        CAPTURE(y);
        window.motions.clear();
        desktop.input->inject(absolute(x, y, 1000, 1000));
        const auto there = [&] {
          return !window.motions.empty() && std::abs(window.motions.back().x - wanted_x) <= 2 &&
                 std::abs(window.motions.back().y - wanted_y) <= 2;
        };
        REQUIRE(window.wait(there));
      };
      reaches(0, 0, 0, 0);
      reaches(500, 500, width / 2, height / 2);
      reaches(999, 0, width - 1, 0);
      reaches(999, 999, width - 1, height - 1);
      reaches(0, 999, 0, height - 1);
      reaches(250, 750, width / 4, height * 3 / 4);
      // To the right is to the right of what people see.
      window.motions.clear();
      desktop.input->inject(relative(20, 0));
      CHECK(window.wait([&] {
        return !window.motions.empty() && std::abs(window.motions.back().x - width / 4 - 20) <= 2 &&
               std::abs(window.motions.back().y - height * 3 / 4) <= 2;
      }));
    }
  }
}
