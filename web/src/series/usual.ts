// "Usual" is the mean of the same hour of the week over the weeks before, where at least four of them were well
// covered. Hours are matched on the local clock, so that daylight saving does not shift breakfast.
import { DAY, wallOf } from './zone';

export interface Usual { mean: number; weeks: number }

const WEEKS_WANTED = 8;
const WEEKS_NEEDED = 4;
const COVERAGE_NEEDED = 0.8;

/** What is usual at the hour `utc[row]`; nothing where too few weeks are known. */
export function usualAt(utc: number[], values: (number | null)[], coverage: (number | null)[], row: number, zone: string): Usual | null {
  const at = utc[row];
  if (at === undefined) return null;
  const wanted = new Set<number>();
  for (let k = 1; k <= WEEKS_WANTED; k++) wanted.add(wallOf(at, zone) - k * 7 * DAY);
  let sum = 0;
  let weeks = 0;
  for (const [i, ms] of utc.entries()) {
    const value = values[i];
    if (value === null || value === undefined || (coverage[i] ?? 0) < COVERAGE_NEEDED) continue;
    const wall = wallOf(ms, zone);
    if (!wanted.delete(wall)) continue;
    sum += value;
    weeks += 1;
  }
  return weeks >= WEEKS_NEEDED ? { mean: sum / weeks, weeks } : null;
}
