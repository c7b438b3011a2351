// A line without axes: one path per unbroken run, so that a gap stays open. Zero is the lower edge.

/** SVG paths of `values` in a box of `width` × `height`; a lone bucket becomes a dot-sized stroke. */
export function sparkPaths(values: (number | null)[], width: number, height: number): string[] {
  const known = values.filter((value): value is number => value !== null);
  if (known.length === 0) return [];
  const top = Math.max(...known) || 1;
  const x = (i: number): string => ((i / Math.max(1, values.length - 1)) * width).toFixed(1);
  const y = (value: number): string => (height - (value / top) * height).toFixed(1);
  const paths: string[] = [];
  let open = '';
  for (const [i, value] of values.entries()) {
    if (value === null) {
      if (open) paths.push(open);
      open = '';
    } else open += open ? `L${x(i)} ${y(value)}` : `M${x(i)} ${y(value)}h.01`;
  }
  if (open) paths.push(open);
  return paths;
}

/** [from, to] in pixels of the runs without a value. */
export function sparkGaps(values: (number | null)[], width: number): [number, number][] {
  const step = width / Math.max(1, values.length - 1);
  const gaps: [number, number][] = [];
  for (let i = 0; i < values.length; i++) {
    if (values[i] !== null) continue;
    let to = i;
    while (to + 1 < values.length && values[to + 1] === null) to += 1;
    gaps.push([Math.max(0, (i - 1) * step), Math.min(width, (to + 1) * step)]);
    i = to;
  }
  return gaps;
}
