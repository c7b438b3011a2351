// Local time without a library. Charts are drawn in the place's own zone, so an instant is shifted to "wall"
// milliseconds: the number whose UTC calendar reads as the local clock. The hour that daylight saving repeats falls on
// itself; a wall number is for drawing, never for asking the API.

const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

const clocks = new Map<string, Intl.DateTimeFormat>(); // one per zone of the city: a handful

function clock(zone: string): Intl.DateTimeFormat {
  let found = clocks.get(zone);
  if (!found) {
    found = new Intl.DateTimeFormat('en-GB', {
      timeZone: zone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit',
      hour: '2-digit', minute: '2-digit', second: '2-digit',
    });
    clocks.set(zone, found);
  }
  return found;
}

/** Wall milliseconds of the instant `ms` in `zone`. */
export function wallOf(ms: number, zone: string): number {
  const whole = Math.floor(ms / 1000) * 1000;
  const part: Record<string, number> = {};
  for (const { type, value } of clock(zone).formatToParts(whole)) part[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
  return Date.UTC(year, month - 1, day, hour, minute, second) + (ms - whole);
}

/** The instant at which the clock of `zone` reads `wall`; where it never does, the moment after the jump. */
export function instantOf(wall: number, zone: string): number {
  let guess = wall - (wallOf(wall, zone) - wall);
  guess += wall - wallOf(guess, zone);
  return guess;
}

/** The local date of an instant, as YYYY-MM-DD. */
export const dateOf = (ms: number, zone: string): string => new Date(wallOf(ms, zone)).toISOString().slice(0, 10);

/** The instant at which the local date `date` begins. */
export const startOf = (date: string, zone: string): number => instantOf(Date.parse(`${date}T00:00:00Z`), zone);

/** The date `days`, `months` and `years` later; a day that month does not have becomes its last one. */
export function shiftDate(date: string, { days = 0, months = 0, years = 0 }): string {
  const [y = 1970, m = 1, d = 1] = date.split('-').map(Number);
  const last = new Date(Date.UTC(y + years, m + months, 0)).getUTCDate();
  return new Date(Date.UTC(y + years, m - 1 + months, Math.min(d, last) + days)).toISOString().slice(0, 10);
}

export const isDate = (text: string | null): text is string =>
  text !== null && /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text));
