// Cells of the two heat maps: days by weeks of a year, hours by days of a week. Steps are even, up to what 98 of 100 cells
// keep, so that one concert does not make every other day pale; the last step says "and more".
import type { Usual, Week } from '../api/types';
import type { Model } from './model';
import { DAY } from './zone';

export type Kind = 'value' | 'thin' | 'gap' | 'hidden' | 'held' | 'none';
export interface Cell { value: number | null; kind: Kind; text: string }
export interface Column { label: string; cells: (Cell | null)[] }

export const STEPS = 6;
const KEPT = 0.98;
const THIN = 0.8;

/** Width of a step: a round number, so that the legend can be read. */
export function stepOf(values: number[]): number {
  const sorted = values.filter((value) => value > 0).sort((a, b) => a - b);
  const top = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * KEPT))] ?? 0;
  if (top <= 0) return 1;
  const raw = top / STEPS;
  const size = 10 ** Math.floor(Math.log10(raw));
  return ([1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].find((n) => n * size >= raw) ?? 10) * size;
}

/** Which of the `STEPS` a value lies in. */
export const levelOf = (value: number, step: number): number => Math.min(STEPS - 1, Math.max(0, Math.floor(value / step)));

/** Days of a year by weeks that begin on Monday; days that are not of the year are null. `tell` says a day in words. */
export function calendarOf(model: Model, year: number, tell: (row: number) => string, month: (ms: number) => string): Column[] {
  const first = Date.UTC(year, 0, 1);
  const days = (Date.UTC(year + 1, 0, 1) - first) / DAY;
  const lead = (new Date(first).getUTCDay() + 6) % 7;
  const rows = new Map(model.wall.map((at, row) => [Math.floor(at / DAY) * DAY, row]));
  const columns: Column[] = Array.from({ length: Math.ceil((days + lead) / 7) }, () => ({ label: '', cells: Array<Cell | null>(7).fill(null) }));
  for (let i = 0; i < days; i++) {
    const at = first + i * DAY;
    const column = columns[Math.floor((i + lead) / 7)];
    const row = rows.get(at);
    if (!column) continue;
    if (new Date(at).getUTCDate() === 1) column.label = month(at);
    column.cells[(i + lead) % 7] = row === undefined ? { value: null, kind: 'none', text: '' } : { value: model.total[row] ?? null, kind: kindOf(model, row), text: tell(row) };
  }
  return columns;
}

function kindOf(model: Model, row: number): Kind {
  const at = model.wall[row] ?? 0;
  if (at + model.bucket <= model.low || at >= model.high) return 'none'; // not measured yet, or no longer
  if (model.held[row]) return 'held';
  if (model.hidden[row]) return 'hidden';
  if (model.total[row] === null || model.total[row] === undefined) return 'gap';
  return model.adds && (model.coverage[row] ?? 1) < THIN ? 'thin' : 'value';
}

/** Hours of a week; an hour of which too few weeks are known is a gap. */
export function weekOf(week: Week, tell: (hour: Week['hours'][number]) => string, label: (hour: number) => string): Column[] {
  return Array.from({ length: 24 }, (_, hour) => ({
    label: hour % 3 === 0 ? label(hour) : '',
    cells: Array.from({ length: 7 }, (__, day) => {
      const one = week.hours[day * 24 + hour];
      return one ? { value: one.median, kind: one.median === null ? 'gap' : 'value', text: tell(one) } : null;
    }),
  }));
}

export interface Band { at: number; usual: number | null; low: number | null; high: number | null }

/** The usual level by instants. */
export const bandOf = (usual: Usual): Map<number, Band> =>
  new Map(usual.hours.map((hour) => [Date.parse(hour.t), { at: Date.parse(hour.t), usual: hour.usual, low: hour.low, high: hour.high }]));

/** (what came − what is usual) ÷ usual over the hours that both are known of; nothing where there are none. */
export function againstUsual(model: Model, band: Map<number, Band>): { change: number; usual: number; hours: number } | null {
  let came = 0, usual = 0, hours = 0;
  for (const [row, at] of model.utc.entries()) {
    const value = model.total[row];
    const level = band.get(at)?.usual;
    if (value === null || value === undefined || level === null || level === undefined || (model.coverage[row] ?? 0) < THIN) continue;
    came += value;
    usual += level;
    hours += 1;
  }
  return usual > 0 ? { change: came / usual - 1, usual, hours } : null;
}
