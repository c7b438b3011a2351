// The state of the page: what lies on the desk, where one looks, and the verbs that `hand` gives to keys. Counts are the server's: a change is
// shown when it is saved, and requests go one after the other so that they arrive in the order they were made.
import { Problem } from '../api/client';
import { lang, t, type Key } from '../i18n/index.svelte';
import { roadUser as wordOf } from '../parts/roadUser';
import { api, OTHER, type Crossing, type Desk as About, type Line, type Reading, type RoadUser, type Sheet, type Stretch, type Way } from './api';
import { act } from './hand';
import type { Act } from './keys';
import { clock, looked, nextMoment, Samples, snapped } from './time';

const REACTION_S = 0.3; // of a person who presses a key while the clip plays
const ZOOMS = [0.25, 0.5, 1, 2, 4];
const ARROWS = ['→', '↘', '↓', '↙', '←', '↖', '↑', '↗'];

export class Desk {
  about = $state.raw<About | null>(null);
  reading = $state.raw<Reading | null>(null);
  sheet = $state.raw<Sheet | null>(null);
  samples = new Samples(25);
  /** How many samples there are: what is drawn depends on it. */
  known = $state(0);
  moments = $state.raw<number[]>([]);
  error = $state.raw<Error | null>(null);
  /** Whether keys do something: not before it is known where to look. */
  ready = $state(false);
  finished = $state(false);
  said = $state('');

  lineId = $state('');
  frame = $state(1);
  along = $state(0.5);
  pageFrom = $state(0);
  zoom = $state(1);
  width = $state(1000);
  pen = $state<RoadUser | null>(null);
  way = $state<Way>('forward');
  selected = $state<number | null>(null);
  playing = $state(false);
  speed = $state(1);
  loop = $state(true);
  near = $state(true);
  help = $state(false);
  shortcuts = $state(true);
  #queue: Promise<void> = Promise.resolve();
  #acts: Promise<void> = Promise.resolve();
  #playedFrom = 0;
  #momentsOf = ''; // the line whose moments are known
  #places: readonly number[] = []; // of the moments, along the line

  line = $derived<Line | null>(this.about?.lines.find((one) => one.id === this.lineId) ?? null);
  now = $derived.by(() => { void this.known; return this.samples.second(this.frame); });
  end = $derived(this.reading?.end_s ?? 0);
  read = $derived(this.reading?.state === 'reading' ? this.reading.t_s : this.end);
  pixelsPerSecond = $derived((this.about ? this.about.columns * this.about.samples_fps : 50) * this.zoom);
  pageTo = $derived(Math.min(this.pageFrom + this.width / this.pixelsPerSecond, this.end || 1e9));
  crossings = $derived<Crossing[]>(this.sheet?.crossings.filter((one) => one.line === this.lineId) ?? []);
  chosen = $derived<Crossing | null>(this.crossings.find((one) => one.id === this.selected) ?? null);
  stretch = $derived<Stretch | null>(this.stretchOf(this.lineId));

  stretchOf(id: string): Stretch | null {
    const found = this.sheet?.labelled.find((one) => one.line === id);
    return found ? [found.from_s, found.to_s] : null;
  }

  /** Degrees by which a way points in the picture, clockwise from the right. */
  angle = (way: Way, line = this.line): number => {
    const [w, h] = this.about?.size ?? [1, 1];
    if (!line) return 0;
    const [dx, dy] = [(line.end[0] - line.start[0]) * w, (line.end[1] - line.start[1]) * h];
    return (Math.atan2(dx, -dy) * 180) / Math.PI + (way === 'forward' ? 0 : 180);
  };
  arrow = (way: Way, line = this.line): string => ARROWS[((Math.round(this.angle(way, line) / 45) % 8) + 8) % 8] ?? '';

  /** Whether the line runs against the picture. */
  flipped = $derived((this.line?.span[0] ?? 0) > (this.line?.span[1] ?? 1));

  comma = $derived(lang.now === 'id' ? ',' : '.');
  clock = (s: number, digits = 1): string => clock(s, this.comma, digits);
  wayName = (way: Way, line = this.line): string =>
    (way === 'forward' ? line?.forward : line?.backward) || t(way === 'forward' ? 'way.forward' : 'way.backward');

  async open(): Promise<void> {
    try {
      [this.about, this.sheet, this.reading] = await Promise.all([api.desk(), api.sheet(), api.reading()]);
      this.samples = new Samples(this.about.fps);
      this.lineId = this.about.lines.find((one) => !this.full(one.id))?.id ?? this.about.lines[0]?.id ?? '';
      this.#goOn();
      await this.refresh();
      const to = this.stretch?.[1] ?? 0;
      if (to > 0) this.look(to);
      this.ready = true;
    } catch (reason) {
      this.#failed(reason);
    }
  }

  /** Take what was read of the clip since; true while more is to come. */
  async refresh(): Promise<boolean> {
    try {
      const reading = await api.reading();
      while (this.samples.length < reading.samples) {
        const more = await api.samples(this.samples.length);
        this.samples.append(more.first, more.t_s, more.frame);
      }
      this.known = this.samples.length;
      this.reading = reading;
      await this.#findMoments();
      if (this.error instanceof Problem && this.error.status === 0) this.error = null;
    } catch (reason) {
      this.#failed(reason);
    }
    return this.reading?.state === 'reading';
  }

  async #findMoments(): Promise<void> {
    const id = this.lineId;
    const found = await api.moments(id);
    if (id !== this.lineId) return;
    this.#momentsOf = id;
    this.moments = found.samples.map((i) => this.samples.t[i] ?? 0);
    this.#places = found.along;
  }

  // --- where one looks ---

  /** Look at a second of the clip; the page turns when it is elsewhere. */
  look(s: number): void {
    this.lookAt(this.samples.picture(Math.min(s, this.end)));
  }

  lookAt(frame: number): void {
    this.selected = null;
    this.frame = Math.max(1, Math.min(frame, this.samples.frame.at(-1) ?? 1));
    if (this.now < this.pageFrom || this.now >= this.pageTo) this.#open(this.now);
  }

  /** Show the page that has `s` near its left edge; nothing is said about what was looked at. */
  #open(s: number): void {
    this.pageFrom = Math.max(0, Math.min(s - 0.04 * (this.width / this.pixelsPerSecond), Math.max(0, this.end - 1)));
  }

  /** Where one looks stays on screen when the window becomes narrower. */
  keepInSight(): void {
    if (this.ready && (this.now < this.pageFrom || this.now >= this.pageTo)) this.#open(this.now);
  }

  zoomBy(step: number): void {
    const at = ZOOMS.indexOf(this.zoom) + step;
    const next = ZOOMS[at];
    if (next === undefined) return;
    const share = (this.now - this.pageFrom) / (this.pageTo - this.pageFrom);
    this.zoom = next;
    const shown = this.width / this.pixelsPerSecond;
    this.pageFrom = Math.max(0, this.now - share * shown);
  }

  choose(id: string): Promise<void> {
    return this.#after(() => this.#choose(id));
  }

  async #choose(id: string): Promise<void> {
    if (id === this.lineId) return;
    this.stop();
    [this.lineId, this.selected, this.moments, this.#momentsOf] = [id, null, [], ''];
    this.look(this.stretch?.[1] ?? 0);
    if (!this.stretch) this.pageFrom = 0;
    this.say(t('label.lineNow', { name: this.line?.name ?? id }));
    await this.#findMoments().catch((reason: unknown) => this.#failed(reason));
  }

  /** To the next line, or the one before; after the last comes the first. */
  async otherLine(step: number): Promise<void> {
    const lines = this.about?.lines ?? [];
    const at = lines.findIndex((one) => one.id === this.lineId);
    const next = lines[(at + step + lines.length) % lines.length];
    if (next) await this.#choose(next.id);
  }

  /** The page on screen was looked at whole; go to the next one. */
  async turn(by: number): Promise<void> {
    if (by < 0) { this.look(Math.max(0, this.pageFrom - (this.pageTo - this.pageFrom) * 0.96)); return; }
    const [from, to] = [this.pageFrom, Math.min(this.pageTo, this.read)];
    await this.saw([from, to]);
    if (to >= this.end) { this.say(t('label.lineDone', { name: this.line?.name ?? '' })); return; }
    if (to < this.pageTo) { this.say(t('label.waitReading')); return; }
    this.selected = null;
    this.frame = this.samples.picture(to);
    this.pageFrom = to - 0.02 * (this.pageTo - this.pageFrom);
  }

  /** [from, to] of this line was looked at: it joins the stretch when it touches it. */
  async saw(part: Stretch): Promise<void> {
    const before = this.stretch;
    const next = looked(before, part);
    if (before && next[0] === before[0] && next[1] === before[1]) {
      if (part[0] > before[1]) this.say(t('label.gap', { from: this.clock(before[1], 0), to: this.clock(part[0], 0) }));
      return;
    }
    await this.#change(() => api.labelled(this.lineId, next));
  }

  /** On to the next moment on this page that has no mark; at its end the page is turned. */
  async next(): Promise<void> {
    if (this.#momentsOf !== this.lineId) await this.#findMoments(); // not knowing of any is no quiet page
    const found = nextMoment(this.moments, this.#taken(), this.now, this.pageTo - 1e-3);
    if (found !== null) { this.#lookAtMoment(found); return; }
    const before = this.pageFrom;
    await this.turn(1);
    if (this.pageFrom === before) return;
    const first = nextMoment(this.moments, this.#taken(), this.now - 1e-3, this.pageTo - 1e-3);
    if (first !== null) this.#lookAtMoment(first);
    else this.say(t('label.quietPage'));
  }

  previous(): void {
    const before = this.moments.filter((s) => s < this.now - 1e-3).at(-1);
    if (before !== undefined) this.#lookAtMoment(before);
  }

  #lookAtMoment(s: number): void {
    this.look(s);
    this.along = this.#places[this.moments.indexOf(s)] ?? 0.5;
  }

  #taken(): number[] {
    return this.crossings.map((one) => one.t_s);
  }

  // --- playing ---

  play(): void {
    if (this.playing) { this.stop(); return; }
    this.selected = null;
    this.#playedFrom = this.now;
    this.playing = true;
  }

  stop(): void {
    if (!this.playing) return;
    this.playing = false;
    if (this.now > this.#playedFrom) void this.saw([this.#playedFrom, this.now]);
  }

  /** The clip plays and is at `s`. */
  at(s: number): void {
    if (s >= this.read) { this.frame = this.samples.picture(this.read); this.stop(); return; }
    this.frame = this.samples.picture(s);
    if (s >= this.pageTo) this.#open(s);
  }

  // --- marks ---

  /** Count a road user where one looks; while the clip plays, where one looked when the key was meant. */
  async mark(user: RoadUser, way: Way): Promise<void> {
    const line = this.lineId;
    let frame = this.frame;
    let along = this.along;
    if (this.playing) {
      const meant = Math.max(0, this.now - REACTION_S * this.speed);
      const s = snapped(this.moments, this.#taken(), meant, 0.8 * Math.max(1, this.speed / 2));
      frame = this.samples.picture(s);
      along = this.#places[this.moments.indexOf(s)] ?? 0.5;
    }
    await this.#change(() => api.add({ line, frame, along, direction: way, road_user: user }), 'label.marked', true);
  }

  async setClass(user: RoadUser): Promise<void> {
    const id = this.selected;
    if (id !== null) await this.#change(() => api.change(id, { road_user: user }), 'label.changed', true);
  }

  async flip(): Promise<void> {
    const chosen = this.chosen;
    if (chosen) await this.#change(() => api.change(chosen.id, { direction: OTHER[chosen.direction] }), 'label.changed', true);
    else this.way = OTHER[this.way];
  }

  async move(): Promise<void> {
    const id = this.selected;
    if (id !== null) await this.#change(() => api.change(id, { frame: this.frame, along: this.along }), 'label.changed', true);
  }

  async remove(id = this.selected): Promise<void> {
    if (id === null) return;
    await this.#change(() => api.remove(id), 'label.removed');
    this.selected = null;
  }

  async undo(): Promise<void> {
    if (this.sheet?.can_undo) await this.#change(() => api.undo(), 'label.undone');
  }

  async redo(): Promise<void> {
    if (this.sheet?.can_redo) await this.#change(() => api.redo(), 'label.redone');
  }

  select(one: Crossing): void {
    this.stop();
    this.lookAt(one.frame);
    [this.along, this.selected] = [one.along, one.id];
  }

  /** The crossing after the selected one, or the first after where one looks. */
  selectNext(): void {
    const at = this.crossings.findIndex((one) => one.id === this.selected);
    const found = at >= 0 ? this.crossings[at + 1] : this.crossings.find((one) => one.t_s >= this.now - 1e-3);
    const one = found ?? this.crossings[0];
    if (one) this.select(one);
  }

  async bound(which: 'from' | 'to'): Promise<void> {
    const [from, to] = this.stretch ?? [which === 'to' ? this.pageFrom : this.now, this.now];
    const next: Stretch = which === 'from' ? [this.now, Math.max(this.now, to)] : [Math.min(from, this.now), this.now];
    await this.#change(() => api.labelled(this.lineId, next));
    this.say(t('label.stretchNow', { from: this.clock(next[0]), to: this.clock(next[1]) }));
  }

  async finish(): Promise<void> {
    this.stop();
    await this.#queue;
    try {
      await api.finish();
      this.finished = true;
    } catch (reason) {
      this.#failed(reason);
    }
  }

  /** Whether all of a line was looked at. */
  full(id: string): boolean {
    const stretch = this.stretchOf(id);
    const end = this.reading?.end_s ?? 0;
    return this.reading?.state !== 'reading' && stretch !== null && stretch[0] < 0.1 && stretch[1] >= end - 0.1;
  }

  /** Whether a crossing lies in the stretch that was looked at: only there it is truth. */
  counts(one: Crossing): boolean {
    const stretch = this.stretchOf(one.line);
    return stretch !== null && one.t_s >= stretch[0] && one.t_s <= stretch[1];
  }

  name = (one: Crossing): string => `${wordOf(one.road_user)}, ${this.wayName(one.direction, this.about?.lines.find((line) => line.id === one.line) ?? null)}`;

  // --- keys ---

  /** Do what a key asks, after what the keys before asked: two quick keys are a mark and its correction, not two marks. */
  do(asked: Act): Promise<void> {
    return this.#after(() => { this.said = ''; return act(this, asked); });
  }

  #after(ask: () => Promise<void>): Promise<void> {
    this.#acts = this.#acts.then(ask).catch((reason: unknown) => this.#failed(reason));
    return this.#acts;
  }

  // --- saving ---

  /** Make a change once those before are through; the sheet shown is the one that was saved. */
  async #change(send: () => Promise<Sheet>, word?: Key, select = false): Promise<void> {
    const done = this.#queue.then(async () => {
      try {
        const sheet = await send();
        this.sheet = sheet;
        this.error = null;
        const touched = sheet.touched ?? null;
        if (touched && select && !this.playing) this.selected = touched.id;
        if (touched && word) this.say(t(word, { what: this.name(touched), time: this.clock(touched.t_s) }));
        if (touched && (word === 'label.undone' || word === 'label.redone')) this.#show(touched);
      } catch (reason) {
        this.#failed(reason);
      }
    });
    this.#queue = done;
    return done;
  }

  /** Look where something was undone, so that one sees it. */
  #show(one: Crossing): void {
    if (one.line !== this.lineId) { void this.#choose(one.line).then(() => this.lookAt(one.frame)); return; }
    this.lookAt(one.frame);
    this.along = one.along;
  }

  #goOn(): void {
    this.way = this.crossings.at(-1)?.direction ?? 'forward';
  }

  say(text: string): void {
    this.said = text;
  }

  #failed(reason: unknown): void {
    this.error = reason instanceof Error ? reason : new Error(String(reason));
  }
}
