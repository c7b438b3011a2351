// Change against the stretch before, like with like: only buckets that were well covered in both, at the same position
// in their stretch, and only where nearly all of them could be matched. Across a new method nothing is compared.
import type { Model } from './model';

const COVERAGE_NEEDED = 0.8;
const SHARE_NEEDED = 0.9;

/** (now − before) ÷ before over the matched buckets; nothing where a comparison would not be fair. */
export function matchedChange(now: Model, before: Model): number | null {
  if (now.breaks.length || before.breaks.length || now.zone !== before.zone) return null;
  const begin = (model: Model): number => model.wall[0] ?? 0;
  const old = new Map(before.wall.map((at, i) => [at - begin(before), i]));
  let sumNow = 0, sumOld = 0, matched = 0, possible = 0;
  for (const [i, value] of now.total.entries()) {
    const at = now.wall[i] ?? 0;
    if (now.held[i] || at + now.bucket > now.high) continue;
    possible += 1;
    const j = old.get(at - begin(now));
    const was = j === undefined ? null : (before.total[j] ?? null);
    if (value === null || was === null || j === undefined) continue;
    if ((now.coverage[i] ?? 0) < COVERAGE_NEEDED || (before.coverage[j] ?? 0) < COVERAGE_NEEDED) continue;
    sumNow += value;
    sumOld += was;
    matched += 1;
  }
  return matched > 0 && matched >= possible * SHARE_NEEDED && sumOld > 0 ? sumNow / sumOld - 1 : null;
}
