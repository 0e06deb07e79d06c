import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import { machine } from '../../harness/kit/machine.ts';
import type { Report } from '../../harness/kit/report.ts';
import { CaseRecord } from '../../harness/kit/run.ts';
import { package_root } from '../../src/installation.ts';
import { folder } from '../../src/test-folder.ts';
import { figuresOf } from './figures.ts';
import { graphicsOf } from './graphics.ts';
import { nameOf } from './machine.ts';
import { hardware_parts } from './parts.ts';

function tree(
  t: Parameters<typeof folder>[0],
  files: Record<string, string>,
  links: Record<string, string> = {},
): string {
  const root = folder(t);
  const placed = (path: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    return join(root, path);
  };
  for (const [path, text] of Object.entries(files)) writeFileSync(placed(path), text);
  for (const [path, target] of Object.entries(links)) symlinkSync(target, placed(path));
  return root;
}

t.test('graphics processors are what the kernel says, and what is missing is told', async (t) => {
  const device = 'sys/devices/pci0000:00/0000:03:00.0';
  const root = tree(
    t,
    {
      [`${device}/vendor`]: '0x1002\n',
      [`${device}/device`]: '0x744c\n',
      [`${device}/drm/renderD128/dev`]: '',
      'sys/bus/drivers/amdgpu/x': '',
      'sys/class/drm/card0-DP-1/status': 'connected',
      'sys/class/drm/version': 'drm 1.1.0',
      'sys/class/drm/card1/dev': '226:1',
    },
    {
      [`${device}/driver`]: '../../../bus/drivers/amdgpu',
      'sys/class/drm/card0/device': '../../../devices/pci0000:00/0000:03:00.0',
    },
  );
  t.same(graphicsOf(root), {
    graphics: [
      { card: 'card0', id: '1002:744c', name: 'amdgpu 1002:744c', driver: 'amdgpu' },
      { card: 'card1', id: '', name: 'unknown', driver: 'unknown' },
    ],
    missing: [
      { what: 'video of card0 by VA-API', why: '/dev/dri/renderD128 is not there: a container has to be given it.' },
      { what: 'video of card1 by VA-API', why: 'it has no render node.' },
    ],
  });
});

t.test('a processor of NVIDIA without a card of the kernel has its name and version', async (t) => {
  const root = tree(t, {
    'proc/driver/nvidia/version':
      'NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue Mar  5 22:23:56 UTC 2024\nGCC version: 12\n',
    'proc/driver/nvidia/gpus/0000:01:00.0/information':
      'Model: \t\t NVIDIA H200\nIRQ:   \t\t 18\nGPU UUID: \t GPU-1234\n',
    'sys/bus/pci/devices/0000:01:00.0/vendor': '0x10de\n',
    'sys/bus/pci/devices/0000:01:00.0/device': '0x2335\n',
  });
  const { graphics } = graphicsOf(root);
  t.same(graphics, [{ card: 'nvidia', id: '10de:2335', name: 'NVIDIA H200', driver: 'nvidia 550.54.15' }]);
  t.notMatch(JSON.stringify(graphics), /GPU-1234/, 'no serial number');
});

t.test('a machine without any says so', async (t) => {
  const { graphics, missing } = graphicsOf(folder(t));
  t.same(graphics, []);
  t.match(missing, [{ what: 'a graphics processor', why: /no card/ }]);
});

t.test('a machine is named by its kind', async (t) => {
  const [one, two] = ['1002:744c', '10de:2335'].map((id) => ({ card: 'card0', id, name: '', driver: 'amdgpu 1' }));
  if (!one || !two) throw new Error();
  const of = { ...machine(), chip: 'AMD Ryzen 9 7950X 16-Core Processor', cores: 32 };
  t.equal(nameOf({ ...of, graphics: [] }), 'amd-ryzen-9-7950x-16-core-processor-32-cores-no-graphics');
  t.equal(nameOf({ ...of, chip: 'x', graphics: [two, one] }), 'x-32-cores-1002-744c-10de-2335');
  t.equal(
    nameOf({ ...of, chip: 'x', graphics: [two, one] }),
    nameOf({ ...of, chip: 'x', graphics: [one, two] }),
    'whichever comes first',
  );
  t.equal(nameOf({ ...of, chip: 'x', graphics: [{ ...one, id: '' }] }), 'x-32-cores-amdgpu');
});

t.test('what is measured is said in the same words wherever the checkout lies', async (t) => {
  const words = hardware_parts.flatMap((part) => part.words);
  t.notOk(words.some((word) => word.includes(package_root)));
});

t.test('figures are the middles of rounds, of whole reports alone', async (t) => {
  const report = (middle: number, partial?: string): Report => {
    const one = new CaseRecord('720p60', 1);
    one.addSeries({ name: 'encode', unit: 'ms', from: 'a', to: 'b', values: [middle, middle, 9 * middle] });
    one.addCount('frames lost', middle);
    one.addCount('delivered', middle, 'Gbit/s', 'more');
    return { cases: [one], ...(partial === undefined ? {} : { partial }) } as unknown as Report;
  };
  const measured = [report(1), report(2), report(3, 'Cut short.'), report(4)].map((one) => ({
    part: 'latency',
    report: one,
  }));
  t.match(figuresOf(measured), [
    { part: 'latency', case: '720p60', name: 'encode', unit: 'ms', better: 'less', rounds: [1, 2, 4] },
    { name: 'frames lost', unit: '', rounds: [1, 2, 4] },
    { name: 'delivered', unit: 'Gbit/s', better: 'more', rounds: [1, 2, 4] },
  ]);
  t.notOk('better' in (figuresOf(measured)[1] ?? {}), 'what is only counted is not judged');
});
