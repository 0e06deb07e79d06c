// The rooms of the source and their floors: the one list, which tools/structure.ts holds every import against. A room imports from lower
// floors, and on its own floor from nobody but itself. ARCHITECTURE.md says what each room holds.

/** The paths of a room: files, and folders (they end in `/`) with all that is in them and not in a room of its own. */
export type Room = readonly [string, ...string[]];

/** The highest floor first. */
export type House = readonly (readonly Room[])[];

/** What only tests use, wherever it lies: it may import everything, and nothing else may import it. */
export const is_test =
  /(^|\/)(test-[^/]*|[^/]*\.test)\.tsx?$|\/testdata\/|^(native|packaging)\/test\/|^ci\/(load\/)?[^/]*\.ts$|^harness\/(attack|console|e2e)\/|^harness\/capture\/[^/]*\.(cpp|h)$|^harness\/beacon\/test\/|fake-engine|\/paper-/;

/** Modules whose exports are found by their place, or made by a generator: nobody names them. */
export const is_entry = /^harness\/vm\/tests\/|^src\/api\//;

// TypeScript and C++ meet in the addons, which no import shows: each has a house of its own.
export const typescript: House = [
  [['harness/main.ts'], ['ci/hardware/']],
  [['harness/measure/'], ['harness/self-check/'], ['harness/soak/']],
  [['harness/latency/'], ['harness/encode/'], ['harness/capture/'], ['harness/throughput/']],
  [
    ['src/main.ts'],
    ['harness/vm/'],
    ['harness/attack/'],
    ['harness/bench/'],
    ['harness/e2e/'],
    ['tools/manual/'],
    ['tools/api/'],
  ],
  [['harness/loss-live/']],
  [['src/commands/'], ['src/console/'], ['harness/probe/'], ['harness/impair/'], ['harness/loss-sweep/']],
  [['src/host.ts'], ['harness/']],
  [['src/management/']],
  [['src/service/']],
  [
    ['src/gamestream/'],
    ['src/discovery/'],
    ['src/management/schema/'],
    ['src/engine/'],
    ['src/doctor/'],
    ['src/recordings/'],
    ['src/measurements/'],
  ],
  [['src/session/']],
  [['src/display/'], ['src/trust/'], ['src/apps/'], ['src/metrics/']],
  [['src/config/']],
  [['src/'], ['src/api/'], ['tools/contract/'], ['ci/'], ['bootc/'], ['packaging/']],
  [['src/contract/'], ['harness/checks/']],
  [['tools/'], ['native/addon/'], ['native/fuzz/']],
];

export const native: House = [
  [['native/test/'], ['native/fuzz/'], ['native/bench/'], ['harness/capture/'], ['harness/latency/'], ['harness/vm/']],
  [['harness/encode/'], ['harness/throughput/']],
  [['native/addon/'], ['harness/beacon/'], ['harness/judge/'], ['harness/impair/'], ['harness/loss-sweep/']],
  [['native/engine/pipeline/'], ['native/engine/preview/']],
  [['native/engine/audio/'], ['native/engine/control/'], ['native/engine/pads/'], ['native/engine/encode/']],
  [['native/engine/transport/'], ['native/engine/input/'], ['native/engine/capture/']],
  [['native/engine/threads/'], ['native/engine/wayland/']],
  [['native/engine/'], ['native/client/'], ['harness/beacon/picture/']],
  [['native/core/', 'native/include/'], ['native/beacon/']],
  [['native/contract/'], ['native/impair/']],
  [['native/base/']],
];
