// A centred mean over `width` buckets, so that years can be read through the rhythm of the week. Nothing where less
// than three quarters of the buckets are known: a mean over a gap would bridge it.

/** The mean, begun anew at each of the rows `cuts` (a new method): what was measured differently is not averaged. */
export function meanBetween(values: (number | null)[], width: number, cuts: number[]): (number | null)[] {
  const edges = [0, ...cuts.filter((row) => row > 0), values.length];
  return edges.slice(1).flatMap((to, i) => rollingMean(values.slice(edges[i], to), width));
}

export function rollingMean(values: (number | null)[], width: number): (number | null)[] {
  const least = Math.ceil(width * 0.75);
  const back = Math.floor(width / 2);
  let sum = 0;
  let known = 0;
  const at = (i: number): number | null => values[i] ?? null;
  for (let i = 0; i < width - back && i < values.length; i++) {
    const value = at(i);
    if (value !== null) { sum += value; known += 1; }
  }
  return values.map((own, i) => {
    const mean = own !== null && known >= least ? sum / known : null;
    const leaves = at(i - back);
    const enters = at(i - back + width);
    if (i - back >= 0 && leaves !== null) { sum -= leaves; known -= 1; }
    if (enters !== null) { sum += enters; known += 1; }
    return mean;
  });
}
