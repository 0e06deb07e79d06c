// The rooms by floor, and an arrow from each to those that it imports. What is for tests is left out.

import { placeOf } from './problems.ts';
import { type House, is_test, type Room } from './rooms.ts';
import type { Import } from './sources.ts';

const [room_width, room_height, gap, floor_height] = [190, 34, 24, 96];

export function drawing(houses: readonly (readonly [House, readonly Import[]])[]): string {
  let left = gap;
  let height = 0;
  const shapes = houses.flatMap(([house, imports]) => {
    const centres = new Map<Room, { x: number; y: number }>();
    for (const [floor, rooms] of house.entries()) {
      for (const [index, room] of rooms.entries()) {
        // Every other floor is moved by half a room: arrows that pass over a floor pass between its rooms.
        const x = left + (index + (floor % 2) / 2) * (room_width + gap) + room_width / 2;
        centres.set(room, { x, y: gap + floor * floor_height + room_height / 2 });
      }
    }
    left += (Math.max(...house.map(({ length }) => length)) + 0.5) * (room_width + gap);
    height = Math.max(height, house.length * floor_height);
    return [...arrows(house, imports, centres), ...[...centres].map(([room, { x, y }]) => box(room[0], x, y))];
  });
  const style = `text{font:13px sans-serif;text-anchor:middle}rect{fill:#fff;stroke:#345}path{fill:none;stroke:#579;stroke-opacity:.5}.up{stroke:#c00;stroke-width:3}`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${left} ${height}" width="${left}"><style>${style}</style>
<defs><marker id="head" viewBox="0 0 6 6" refX="6" refY="3" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 6 3 0 6"/></marker></defs>
${shapes.join('\n')}
</svg>
`;
}

function arrows(
  house: House,
  imports: readonly Import[],
  centres: ReadonlyMap<Room, { x: number; y: number }>,
): string[] {
  const paths = new Set<string>();
  for (const { from, to } of imports) {
    if (is_test.test(from) || is_test.test(to)) continue;
    const [above, below] = [placeOf(house, from), placeOf(house, to)];
    if (!above || !below || above.room === below.room) continue;
    const [start, end] = [centres.get(above.room), centres.get(below.room)];
    if (!start || !end) continue;
    const up = above.floor >= below.floor;
    const half = up ? -room_height / 2 : room_height / 2;
    const line = `M${start.x} ${start.y + half} ${end.x} ${end.y - half}`;
    paths.add(`<path${up ? ' class="up"' : ''} marker-end="url(#head)" d="${line}"/>`);
  }
  return [...paths];
}

const box = (name: string, x: number, y: number): string =>
  `<rect x="${x - room_width / 2}" y="${y - room_height / 2}" width="${room_width}" height="${room_height}" rx="5"/><text x="${x}" y="${y + 4}">${name}</text>`;
