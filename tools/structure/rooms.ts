// The rooms of the source and their floors: the one list, which tools/structure.ts holds every import against. A room imports from lower
// floors, and on its own floor from nobody but itself. ARCHITECTURE.md says what each room holds.

/** The paths of a room: files, and folders (they end in `/`) with all that is in them and not in a room of its own. */
export type Room = readonly [string, ...string[]];

/** The highest floor first. */
export type House = readonly (readonly Room[])[];

/** What only tests use, wherever it lies: it may import everything, and nothing else may import it. */
export const is_test =
  /(^|\/)(test-[^/]*|[^/]*\.test)\.ts$|\/testdata\/|^(native|packaging)\/test\/|^ci\/[^/]*\.ts$|^harness\/(attack|capture|e2e)\/|fake-engine|\/paper-/;

/** Modules whose exports are found by their place: nobody names them. */
export const is_entry = /^harness\/vm\/tests\//;

// TypeScript and C++ meet in the addons, which no import shows: each has a house of its own.
export const typescript: House = [
  [['src/main.ts'], ['harness/main.ts'], ['harness/vm/'], ['harness/attack/'], ['harness/e2e/']],
  [['src/commands/'], ['harness/probe/'], ['harness/bench/'], ['harness/loss-sweep/']],
  [['src/host.ts'], ['harness/']],
  [['src/service/']],
  [['src/gamestream/'], ['src/discovery/'], ['src/management/'], ['src/engine/']],
  [['src/session/']],
  [['src/display/'], ['src/trust/']],
  [['src/config/']],
  [['src/'], ['tools/contract/'], ['ci/'], ['bootc/'], ['packaging/']],
  [['src/contract/'], ['harness/checks/']],
  [['tools/'], ['native/addon/'], ['native/fuzz/']],
];

export const native: House = [
  [['native/test/'], ['native/fuzz/'], ['native/bench/'], ['harness/capture/'], ['harness/vm/']],
  [['native/addon/'], ['harness/beacon/'], ['harness/loss-sweep/']],
  [['native/engine/pipeline/']],
  [['native/engine/audio/'], ['native/engine/control/'], ['native/engine/encode/']],
  [['native/engine/transport/'], ['native/engine/input/'], ['native/engine/capture/']],
  [['native/engine/threads/'], ['native/engine/wayland/']],
  [['native/engine/'], ['native/client/']],
  [['native/core/', 'native/include/'], ['native/beacon/']],
  [['native/contract/']],
  [['native/base/']],
];
