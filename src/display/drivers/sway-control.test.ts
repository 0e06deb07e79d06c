// What Sway shows of its windows, read from get_tree's answer.

import fc from 'fast-check';
import t from 'tap';
import { workspacesOf } from './sway-control.ts';
import '../../test-limit.ts';

const node = (id: number, type: string, name: string, nodes: unknown[], more = {}) => ({
  id,
  type,
  name,
  nodes,
  floating_nodes: [],
  ...more,
});

t.test('windows at any depth, tiled or floating, with their workspace and its output', async (t) => {
  const window = (id: number, pid: number) => node(id, 'con', 'Terminal', [], { pid });
  const tree = node(1, 'root', 'root', [
    node(2, 'output', 'HEADLESS-1', [
      node(3, 'workspace', '1', [node(4, 'con', '', [window(5, 50), window(6, 60)])], {
        floating_nodes: [window(7, 70)],
      }),
      node(8, 'workspace', 'empty', []),
    ]),
    node(9, 'output', 'HEADLESS-2', [node(10, 'workspace', 'punktfunk-2', [window(11, 110)], { name: 'punktfunk-2' })]),
  ]);
  const found = workspacesOf(tree).sort((a, b) => a.id - b.id);
  t.match(found, [
    { id: 3, name: '1', output: 'HEADLESS-1' },
    { id: 8, name: 'empty', output: 'HEADLESS-1', windows: [] },
    { id: 10, name: 'punktfunk-2', output: 'HEADLESS-2', windows: [{ id: 11, pid: 110 }] },
  ]);
  t.same(found[0]?.windows.map(({ pid }) => pid).sort(), [50, 60, 70]);
  t.same([...(found[0]?.nodes ?? [])].sort(), [3, 4, 5, 6, 7]);
});

t.test('any answer is windows or a sentence', async (t) => {
  const field = (value: fc.Arbitrary<unknown>) =>
    fc.oneof({ weight: 20, arbitrary: value }, fc.jsonValue({ maxDepth: 1 }));
  const nodeWith = (children: fc.Arbitrary<unknown>) =>
    fc.record({
      id: field(fc.integer()),
      type: field(fc.constantFrom('root', 'output', 'workspace', 'con', 'floating_con')),
      name: field(fc.option(fc.string())),
      nodes: field(fc.array(children, { maxLength: 3 })),
      floating_nodes: field(fc.array(children, { maxLength: 2 })),
    });
  let tree: fc.Arbitrary<unknown> = fc.record({
    id: fc.integer(),
    type: fc.constant('con'),
    pid: fc.integer(),
    nodes: fc.constant([]),
    floating_nodes: fc.constant([]),
  });
  for (let depth = 0; depth < 4; depth++) tree = nodeWith(tree);
  fc.assert(
    fc.property(tree, (answer) => {
      try {
        return workspacesOf(answer).every(
          ({ id, nodes, windows }) => nodes.has(id) && windows.every((w) => nodes.has(w.id)),
        );
      } catch (error) {
        return error instanceof Error && /makes no sense/.test(error.message);
      }
    }),
    { numRuns: 500 },
  );
  t.pass('500 answers');
});
