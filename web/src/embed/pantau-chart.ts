// <pantau-chart place="akl.45-queen-street" indicator="visitors.person" range="year" lang="id">: a graph of open data for
// any page. One script, a shadow of its own (the page's styles do not reach it), no cookie, no tracker, no library. Readers get
// a sentence and a table; the source, the licence and a link back stand under it.
//   range      day, week, month, year, five or all; a place that is still measured is read again every quarter of an hour
//   direction  both (default), forward or backward; theme  light (default) or dark; height  of the graph in pixels
import { isCurrent, isPreset, rangeOf } from '../series/range';
import { wallOf } from '../series/zone';
import { readPlace, readSeries, Refused, type Answer, type Point } from './answer';
import { draw, type Placed } from './draw';
import style from './style.css?inline';

declare const WORDS: Record<string, Record<string, string>>; // the catalogue's keys that begin with embed.

const HOME = new URL((document.currentScript as HTMLScriptElement | null)?.src ?? location.href).origin;
const AGAIN_MS = 15 * 60_000;
const DAY = 86_400_000;
const BUCKET: Record<string, number> = { minute: 60_000, hour: 3_600_000, day: DAY, month: 30 * DAY };
const ROWS = 400;

const escape = (text: string): string => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

class PantauChart extends HTMLElement {
  static observedAttributes = ['place', 'indicator', 'range', 'direction', 'lang', 'height'];
  #root = this.attachShadow({ mode: 'open' });
  #answer: Answer | null = null;
  #placed: Placed | null = null;
  #turn = 0;
  #timer: ReturnType<typeof setInterval> | undefined;
  #seen: IntersectionObserver | undefined;
  #sized = new ResizeObserver(() => this.#draw());

  get #lang(): 'id' | 'en' { return this.getAttribute('lang') === 'en' ? 'en' : 'id'; }
  get #locale(): string { return this.#lang === 'id' ? 'id-ID' : 'en-GB'; }
  get #height(): number { return Math.min(1000, Math.max(80, Number(this.getAttribute('height')) || 220)); }

  #say(key: string, values: Record<string, string> = {}): string {
    return (WORDS[key]?.[this.#lang] ?? key).replace(/\{(\w+)\}/g, (all, name: string) => values[name] ?? all);
  }

  connectedCallback(): void {
    this.#frame(`<p class="wait">${this.#say('embed.wait')}</p>`);
    this.#seen = new IntersectionObserver((entries) => { // read when it comes near, so that a long page costs nothing
      if (!entries.some((entry) => entry.isIntersecting)) return;
      this.#seen?.disconnect();
      void this.#load();
      this.#timer = setInterval(() => { if (!document.hidden && this.#answer && isCurrent(this.#answer.place, Date.now())) void this.#load(); }, AGAIN_MS);
    }, { rootMargin: '300px' });
    this.#seen.observe(this);
    this.#sized.observe(this);
  }

  disconnectedCallback(): void {
    this.#seen?.disconnect();
    this.#sized.disconnect();
    clearInterval(this.#timer);
    this.#turn += 1;
  }

  attributeChangedCallback(): void {
    if (this.#answer) void this.#load();
  }

  async #load(): Promise<void> {
    const turn = ++this.#turn;
    try {
      const place = await readPlace(HOME, this.getAttribute('place') ?? '');
      const asked = this.getAttribute('range');
      const range = rangeOf(isPreset(asked) ? asked : isCurrent(place, Date.now()) ? 'day' : 'year', null, place, Date.now());
      const answer = await readSeries(HOME, place, this.getAttribute('indicator') ?? '', { ...range, direction: this.getAttribute('direction') ?? 'both' });
      if (turn !== this.#turn) return;
      this.#answer = answer;
      this.#show(range);
    } catch (error) {
      if (turn !== this.#turn || this.#answer) return; // what was shown stays
      if (!(error instanceof Refused || error instanceof TypeError || error instanceof SyntaxError)) throw error;
      this.#frame(`<p class="wait" role="alert">${this.#say('embed.failed')} ${error instanceof Refused ? escape(error.message) : ''}</p><p class="foot"><a href="${HOME}/portal">Pantau</a></p>`);
    }
  }

  #frame(inner: string): void {
    this.#root.innerHTML = `<style>${style}</style><div style="--height:${this.#height}px">${inner}</div>`;
  }

  #number(value: number): string {
    return new Intl.NumberFormat(this.#locale, { maximumFractionDigits: Math.abs(value) >= 100 ? 0 : 1 }).format(value);
  }

  #time(wall: number, tier: string): string {
    const shape: Intl.DateTimeFormatOptions = { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC', ...(tier === 'hour' ? { weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } : {}) };
    return new Intl.DateTimeFormat(this.#locale, shape).format(wall);
  }

  /** "Sen, 3 Mar 2025 14.00: 1.284, cakupan 97 %", or why there is none. */
  #told(one: Point, tier: string): string {
    if (one.value === null) return `${this.#time(one.wall, tier)}: ${this.#why(one.state)}`;
    const covered = this.#say('embed.covered', { coverage: new Intl.NumberFormat(this.#locale, { style: 'percent' }).format(one.coverage ?? 0) });
    return `${this.#time(one.wall, tier)}: ${this.#number(one.value)}, ${covered}${one.provisional ? `, ${this.#say('embed.provisional')}` : ''}`;
  }

  #why(state: Point['state']): string {
    const KEYS: Record<Point['state'], string> = {
      released: 'embed.missing', missing: 'embed.missing', suppressed: 'embed.suppressed', wider: 'embed.wider', held: 'embed.held', closed: 'embed.closed',
    };
    return this.#say(KEYS[state]);
  }

  #show(range: { preset: string }): void {
    const { place, label, points, tier } = this.#answer as Answer;
    const name = `${label[this.#lang]}, ${place.name}`;
    const last = points.filter((one) => one.value !== null).at(-1);
    const most = points.reduce<Point | null>((top, one) => (one.value !== null && one.value > (top?.value ?? -1) ? one : top), null);
    const sentence = last && most ? this.#say('embed.sentence', { last: this.#told(last, tier), most: this.#told(most, tier) }) : this.#say('embed.empty');
    const back = `${HOME}/portal/place/${encodeURIComponent(place.id)}?${new URLSearchParams({ show: this.getAttribute('indicator') ?? '', range: range.preset, lang: this.#lang })}`;
    const rows = points.filter((one) => one.value !== null || one.state !== 'held').slice(-ROWS).reverse();
    const cells = (one: Point): string => `<td>${escape(this.#time(one.wall, tier))}</td><td>${one.value === null ? escape(this.#why(one.state)) : this.#number(one.value)}</td><td>${one.coverage === null ? '–' : new Intl.NumberFormat(this.#locale, { style: 'percent' }).format(one.coverage)}</td>`;
    this.#frame(`<figure role="group" aria-label="${escape(name)}">
      <figcaption>${escape(name)}</figcaption>
      <div class="box" role="img" aria-label="${escape(`${name}. ${sentence}`)}"></div>
      <p class="said">${escape(sentence)}</p>
      <details><summary>${this.#say('embed.table')}</summary><div class="scroll" tabindex="0" role="region" aria-label="${escape(name)}"><table>
        <thead><tr><th scope="col">${this.#say('embed.time')}</th><th scope="col">${escape(label[this.#lang])}</th><th scope="col">${this.#say('embed.coverage')}</th></tr></thead>
        <tbody>${rows.map((one) => `<tr>${cells(one)}</tr>`).join('')}</tbody></table></div></details>
      <p class="foot">${[escape(place.source), escape(place.licence), `<a href="${escape(back)}" target="_blank" rel="noopener">${this.#say('embed.back')}</a>`].filter(Boolean).join(' · ')}</p>
    </figure>`);
    this.#draw();
    this.#root.querySelector('.box')?.addEventListener('pointermove', (event) => this.#point(event as PointerEvent));
    this.#root.querySelector('.box')?.addEventListener('pointerleave', () => this.#tell(sentence, ''));
  }

  #draw(): void {
    const box = this.#root.querySelector('.box');
    const answer = this.#answer;
    const [first, last] = [answer?.points[0], answer?.points.at(-1)];
    if (!box || !answer || !first || !last) return;
    const bucket = BUCKET[answer.tier] ?? DAY;
    const span = last.wall - first.wall;
    const time = (wall: number): string => new Intl.DateTimeFormat(this.#locale, { timeZone: 'UTC', ...(span <= 2 * DAY ? { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' as const } : span <= 70 * DAY ? { day: 'numeric' as const, month: 'short' as const } : new Date(wall).getUTCMonth() === 0 ? { year: 'numeric' as const } : { month: 'short' as const }) }).format(wall);
    const short = new Intl.NumberFormat(this.#locale, { notation: 'compact', maximumFractionDigits: 1 });
    this.#placed = draw(answer.points, { width: Math.max(200, box.clientWidth), height: this.#height, bucket, low: first.wall, high: last.wall + bucket, now: wallOf(Date.now(), answer.place.timezone) }, { value: (n) => short.format(n), time });
    box.innerHTML = this.#placed.svg;
  }

  #point(event: PointerEvent): void {
    const { points, tier } = this.#answer as Answer;
    const box = this.#root.querySelector('.box');
    if (!box || !this.#placed) return;
    const x = event.clientX - box.getBoundingClientRect().left;
    const half = (BUCKET[tier] ?? DAY) / 2;
    let near: Point | null = null, best = Infinity;
    for (const one of points) {
      const apart = Math.abs(this.#placed.x(one.wall + half) - x);
      if (apart < best) [near, best] = [one, apart];
    }
    if (near) this.#tell(this.#told(near, tier), `M${this.#placed.x(near.wall + half)} 10V${this.#height - 22}`);
  }

  #tell(text: string, cross: string): void {
    const said = this.#root.querySelector('.said');
    if (said) said.textContent = text;
    this.#root.querySelector('.cross')?.setAttribute('d', cross);
  }
}

if (!customElements.get('pantau-chart')) customElements.define('pantau-chart', PantauChart);

