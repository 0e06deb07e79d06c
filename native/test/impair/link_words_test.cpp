// Links in words, and the scenarios and scripts that are made of them.
#include "impair/link_words.h"

#include <doctest/doctest.h>

#include <cmath>

#include "impair/netem.h"
#include "impair/scenarios.h"

using namespace punktfunk;

namespace {

LinkConfig link(const char* words) {
  const auto parsed = parse_link(words);
  REQUIRE_MESSAGE(parsed, (parsed ? std::string() : parsed.error()));
  return *parsed;
}

std::string wrong(const char* words) {
  const auto parsed = parse_link(words);
  return parsed ? "understood" : parsed.error();
}

}  // namespace

TEST_CASE("each word says what it says") {
  CHECK(link("") == LinkConfig{});
  CHECK(link("clean") == LinkConfig{});
  CHECK(link("down").down);
  const LinkConfig all = link(
      "loss=2%, delay=20ms jitter=1.5ms reorder=1% reorder-by=500us duplicate=3% corrupt=0.1% rate=10mbit queue=256kb "
      "police=1gbit police-burst=2mb mtu=1280");
  CHECK(all.loss == doctest::Approx(0.02));
  CHECK(all.delay_ns == 20'000'000);
  CHECK(all.jitter_ns == 1'500'000);
  CHECK(all.reorder == doctest::Approx(0.01));
  CHECK(all.reorder_ns == 500'000);
  CHECK(all.duplicate == doctest::Approx(0.03));
  CHECK(all.corrupt == doctest::Approx(0.001));
  CHECK(all.rate_bps == 10e6);
  CHECK(all.queue_bytes == 256 * 1024);
  CHECK(all.police_bps == 1e9);
  CHECK(all.police_burst_bytes == 2 * 1024 * 1024);
  CHECK(all.mtu_bytes == 1280);
  CHECK(link("queue=100ms rate=8mbit").queue_bytes == 100'000);
  const LinkConfig bursts = link("bursts=5% burst=32 burst-loss=80%");
  CHECK(bursts.bad_ends == doctest::Approx(1.0 / 32));
  CHECK(bursts.bad_begins / (bursts.bad_begins + bursts.bad_ends) == doctest::Approx(0.05));
  CHECK(bursts.bad_loss == doctest::Approx(0.8));
}

TEST_CASE("what is not understood is told in a sentence that says what would be") {
  CHECK(wrong("los=2%").starts_with("A link has no \"los\": it has loss, bursts, "));
  CHECK(wrong("loss") == "loss takes a share from 0% to 100%, not \"\".");
  CHECK(wrong("loss=2") == "loss takes a share from 0% to 100%, not \"2\".");
  CHECK(wrong("loss=101%") == "loss takes a share from 0% to 100%, not \"101%\".");
  CHECK(wrong("loss=-1%") == "loss takes a share from 0% to 100%, not \"-1%\".");
  CHECK(wrong("loss=nan%") == "loss takes a share from 0% to 100%, not \"nan%\".");
  CHECK(wrong("delay=20") == "delay takes a time up to 60s, such as 20ms, not \"20\".");
  CHECK(wrong("delay=61s") == "delay takes a time up to 60s, such as 20ms, not \"61s\".");
  CHECK(wrong("rate=10") == "rate takes a rate from 1kbit to 100gbit, such as 10mbit, not \"10\".");
  CHECK(wrong("rate=0mbit") == "rate takes a rate from 1kbit to 100gbit, such as 10mbit, not \"0mbit\".");
  CHECK(wrong("rate=1e400mbit").starts_with("rate takes "));
  CHECK(wrong("mtu=12") == "mtu takes a number of bytes from 68 to 65535, not \"12\".");
  CHECK(wrong("queue=10kb") == "queue says nothing without rate, such as rate=10mbit.");
  CHECK(wrong("burst=10") == "burst and burst-loss say nothing without bursts, such as bursts=1%.");
  CHECK(wrong("reorder-by=1ms") == "reorder-by says nothing without reorder, such as reorder=1%.");
  CHECK(wrong("police-burst=1kb") == "police-burst says nothing without police, such as police=10mbit.");
  CHECK(wrong("bursts=90% burst=2") == "There is no channel with so many bursts that are so short: raise burst.");
}

TEST_CASE("a link's own words make the same link again, and so do all of the scenarios'") {
  for (const char* words :
       {"clean", "down", "loss=2% delay=20ms", "reorder=1%", "rate=10mbit", "police=10mbit",
        "rate=10mbit queue=100ms police=5mbit police-burst=3000b mtu=1400 corrupt=1% duplicate=2%"}) {
    CAPTURE(words);
    CHECK(link(words_of(link(words)).c_str()) == link(words));
  }
  CHECK(words_of(link("bursts=5% burst=32 burst-loss=80%")) == "bursts=5% burst=32 burst-loss=80%");
  for (const Scenario& scenario : scenarios()) {
    CAPTURE(scenario.name);
    for (const Timeline& timeline : {scenario.down(), scenario.up()}) {
      CHECK(timeline.steps().size() == scenario.steps.size());
      for (const LinkStep& step : timeline.steps()) { CHECK(parse_link(words_of(step.link))); }
    }
    CHECK(find_scenario(scenario.name) == &scenario);
  }
  CHECK(find_scenario("") == nullptr);
}

TEST_CASE("a link as a script of tc") {
  const std::string steady = netem_script(link("loss=2% delay=20ms jitter=4ms"), "eth0");
  CHECK(steady.find("tc qdisc replace dev eth0 parent 1:1 handle 10: netem loss 2% delay 22ms 2ms limit 100000\n") !=
        steady.npos);
  CHECK(steady.find("root handle 1: tbf rate 1000000kbit burst 1600") != steady.npos);
  CHECK(steady.ends_with("sleep infinity\n"));
  const std::string bursts = netem_script(link("bursts=50% burst=4 burst-loss=80% loss=1%"), "eth0");
  CHECK(bursts.find("loss gemodel 25% 25% 80% 1%") != bursts.npos);
  const std::string narrow = netem_script(link("rate=12mbit queue=15000b police=5mbit mtu=1280"), "eth0");
  CHECK(narrow.find("tbf rate 12000kbit burst 1600") != narrow.npos);
  CHECK(narrow.find("netem limit 10\n") != narrow.npos);
  CHECK(narrow.find("police rate 5000kbit burst 65536 conform-exceed drop") != narrow.npos);
  CHECK(narrow.find("# netem drops nothing by its size: mtu=1280 is left out\n") != narrow.npos);
  CHECK(netem_script(link("reorder=5% reorder-by=20ms"), "eth0").find("netem delay 20ms reorder 95% limit") !=
        std::string::npos);
  const std::string both = netem_script(link("reorder=5% delay=20ms"), "eth0");
  CHECK(both.find("# netem cannot both delay all and reorder some: reorder=5% is left out\n") != both.npos);
  CHECK(both.find("netem delay 20ms limit") != both.npos);
  const std::string roaming = netem_script(find_scenario("roaming")->down(), "wlan0");
  CHECK(roaming.find("while :; do\n") != roaming.npos);
  CHECK(roaming.find("netem loss 100% limit") != roaming.npos);
  CHECK(roaming.find("sleep 8\n") != roaming.npos);
  CHECK(roaming.find("sleep 0.3\n") != roaming.npos);
  CHECK(roaming.ends_with("sleep 0.2\ndone\n"));
}

TEST_CASE("a device is one plain word") {
  for (const char* name : {"eth0", "enp3s0", "wg-home", "br0.12", "veth1@if2"}) { CHECK(is_device_name(name)); }
  for (const char* name : {"", "-h", "eth0; reboot", "a b", "$(x)", "0123456789abcdef", ".."}) {
    CHECK_FALSE(is_device_name(name));
  }
}
