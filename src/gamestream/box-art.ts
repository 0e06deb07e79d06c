// /appasset: a drawn picture a title (a screen on a coloured ground), so that clients have more to show than a grey box.

import { colour, encodePng } from '../apps/png.ts';

// Three to four; half of what GeForce Experience used (docs/gamestream.md, 4.2).
const width = 300;
const height = 400;
const shades = 64;

/** Colours 0..shades-1 are the ground from top to bottom, then the screen's frame, its face, the sign on it. */
const frame = shades;
const face = shades + 1;
const sign = shades + 2;

/** A PNG whose colour follows from `id`. About 2 KB. */
export async function drawnBoxArt(id: number): Promise<Buffer> {
  const hue = (id % 360) / 360;
  const palette: number[] = [];
  for (let shade = 0; shade < shades; shade++) palette.push(...rgb(hue, 0.45, 0.42 - (0.3 * shade) / shades));
  palette.push(...rgb(hue, 0.25, 0.85), ...rgb(hue, 0.5, 0.12), ...rgb(hue, 0.6, 0.7));

  const rows = Buffer.alloc((width + 1) * height); // each row begins with filter type 0
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) rows[y * (width + 1) + 1 + x] = colourAt(x, y);
  }
  return encodePng({
    width,
    height,
    bits: 8,
    colour: colour.palette,
    palette: Buffer.from(palette),
    transparency: Buffer.alloc(0),
    rows,
  });
}

function colourAt(x: number, y: number): number {
  const from_centre = x - width / 2;
  const inBox = (half: number, top: number, bottom: number) => Math.abs(from_centre) < half && y >= top && y < bottom;
  if (inBox(92, 138, 242)) {
    const in_triangle = from_centre > -20 && Math.abs(y - 190) < (30 - from_centre) * 0.6; // "play"
    return in_triangle && from_centre < 30 ? sign : face;
  }
  if (inBox(100, 130, 250) || inBox(12, 250, 270) || inBox(48, 270, 278)) return frame;
  return Math.floor((y * shades) / height);
}

/** Hue, saturation, lightness (0..1) to three bytes. */
function rgb(hue: number, saturation: number, lightness: number): number[] {
  const span = saturation * Math.min(lightness, 1 - lightness);
  return [0, 8, 4].map((offset) => {
    const k = (offset + hue * 12) % 12;
    return Math.round(255 * (lightness - span * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
  });
}
