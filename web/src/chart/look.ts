// The colours of a chart, read from the page's tokens, and the hatch that says "no figure here".
import { token } from '../theme.svelte';

export interface Look {
  ink: string; quiet: string; line: string; strong: string; surface: string; brand: string;
  series: string[]; cover: string[]; hatch: unknown; font: string;
}

const many = (name: string, n: number): string[] => Array.from({ length: n }, (_, i) => token(`${name}-${i}`));

/** Diagonal strokes on nothing, 8 px apart. */
function hatch(colour: string): unknown {
  const tile = document.createElement('canvas');
  tile.width = tile.height = 8;
  const pen = tile.getContext('2d');
  if (!pen) return colour;
  pen.strokeStyle = colour;
  pen.lineWidth = 1.2;
  pen.beginPath();
  for (const x of [-8, 0, 8]) { pen.moveTo(x, 8); pen.lineTo(x + 8, 0); }
  pen.stroke();
  return { image: tile, repeat: 'repeat' };
}

export function look(): Look {
  return {
    ink: token('ink'), quiet: token('quiet'), line: token('line'), strong: token('strong-line'), surface: token('surface'),
    brand: token('brand'), series: many('series', 6), cover: many('cover', 5), hatch: hatch(token('hatch')),
    font: getComputedStyle(document.body).fontFamily,
  };
}
