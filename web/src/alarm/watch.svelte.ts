// The alarms of the visit: what is open (from the live stream, read anew after every return), what sounds, and what people
// say. One for all pages of the room, so that going from page to page silences nothing. The mute belongs to this browser and
// expires; acknowledging is told to the server and silences everywhere.
import { api } from '../api/client';
import type { Alarm, AlarmEvent, AlarmPulse, Beat, Severity } from '../api/types';
import { house } from '../house.svelte';
import { heard } from './order';
import { PATTERNS, Siren } from './siren';

const SOUND = 'pantau.sound';
const MUTE = 'pantau.mute';
export const MUTE_MS = 10 * 60_000;
const TICK_MS = 250;
const SHOWN_MS = 60_000; // how long a resolved alarm stays in the queue
const HEARD = 0.05; // a level, 0 to 1, that only a tone has
const CONFIRMATIONS = 5; // at most
const CONFIRM_MS = 1000; // from one to the next

export type Sound = 'off' | 'blocked' | 'muted' | 'on';

const stored = (key: string): string | null => (typeof localStorage === 'undefined' ? null : localStorage.getItem(key));

class Watch {
  alarms = $state.raw<ReadonlyMap<string, Alarm>>(new Map());
  pulse = $state.raw<AlarmPulse | null>(null);
  /** Rules that wait for a level that does not come. */
  unguarded = $state.raw<AlarmPulse['unguarded']>([]);
  /** When every rule was last looked at, by the server's clock. */
  checked = $state<number | null>(null);
  now = $state(house.clock());
  error = $state.raw<Error | null>(null);
  mutedUntil = $state(Number(stored(MUTE) ?? 0));
  rung = $state(0);
  /** The loudest that was measured since the sound was turned on, 0 to 1, until that was a tone. */
  level = $state(0);
  #wanted = $state(stored(SOUND) === 'on');
  #context = $state<AudioContextState | 'none'>('none');
  readonly #siren = new Siren();
  #next = 0;
  #owed = 0; // tones that may still confirm that the sound is on
  #again = 0; // when the next of them may
  #users = 0;
  #timer: ReturnType<typeof setInterval> | undefined;
  #left = new Map<string, number>();

  get sound(): Sound {
    if (!this.#wanted) return 'off';
    if (this.mutedUntil > this.now) return 'muted';
    return this.#context === 'running' ? 'on' : 'blocked';
  }

  /** Whether this page must go on listening while nobody sees it. */
  get audible(): boolean { return this.#wanted; }

  /** Begin with a page of the room; returns how to stop. */
  start(): () => void {
    this.#users += 1;
    if (this.#users === 1) {
      this.#timer = setInterval(() => this.#tick(), TICK_MS);
      for (const type of ['pointerdown', 'keydown']) addEventListener(type, this.#touched, true);
      if (this.#wanted) void this.#arm();
    }
    void this.refresh();
    return () => {
      this.#users -= 1;
      if (this.#users > 0) return;
      clearInterval(this.#timer);
      for (const type of ['pointerdown', 'keydown']) removeEventListener(type, this.#touched, true);
    };
  }

  async refresh(): Promise<void> {
    try {
      const page = await api.alarms({ state: ['pending', 'firing'], limit: '500' });
      this.alarms = new Map(page.alarms.map((one) => [one.id, one]));
      this.pulse = page.pulse;
      this.unguarded = page.pulse.unguarded;
      if (page.pulse.checked) this.checked = Date.parse(page.pulse.checked);
      this.error = null;
    } catch (reason) {
      this.error = reason instanceof Error ? reason : new Error(String(reason));
    }
  }

  take(event: AlarmEvent): void {
    const next = new Map(this.alarms);
    if (event.gone) next.delete(event.alarm.id);
    else next.set(event.alarm.id, event.alarm);
    if (event.alarm.state === 'resolved') this.#left.set(event.alarm.id, house.clock());
    this.alarms = next;
    this.#tick();
  }

  beat(beat: Beat): void {
    if (beat.checked) this.checked = Date.parse(beat.checked);
    this.unguarded = beat.unguarded;
  }

  async acknowledge(alarm: Alarm): Promise<void> {
    this.take({ alarm: (await api.acknowledge(alarm.id)).alarm, gone: false });
  }

  async judge(alarm: Alarm, verdict: 'right' | 'wrong', reason: string): Promise<void> {
    this.take({ alarm: (await api.judge(alarm.id, verdict, reason)).alarm, gone: false });
  }

  async soundOn(): Promise<void> {
    this.#wanted = true;
    localStorage.setItem(SOUND, 'on');
    this.unmute();
    [this.level, this.#owed, this.#again] = [0, CONFIRMATIONS, 0];
    await this.#arm();
    this.#tick();
  }

  async soundOff(): Promise<void> {
    this.#wanted = false;
    localStorage.setItem(SOUND, 'off');
    [this.level, this.#owed] = [0, 0];
    await this.#siren.disarm();
    this.#context = 'none';
  }

  mute(): void {
    this.#owed = 0;
    this.mutedUntil = house.clock() + MUTE_MS;
    localStorage.setItem(MUTE, String(this.mutedUntil));
  }

  unmute(): void {
    this.mutedUntil = 0;
    localStorage.removeItem(MUTE);
    this.#next = 0;
  }

  #touched = (): void => { if (this.#wanted && this.#context !== 'running') void this.#arm(); };

  async #arm(): Promise<void> {
    await this.#siren.arm();
    this.#context = this.#siren.state;
  }

  #tick(): void {
    this.now = house.clock();
    if (this.#wanted) this.#context = this.#siren.state;
    this.#listen();
    const old = [...this.#left].filter(([, at]) => this.now - at > SHOWN_MS).map(([id]) => id);
    if (old.length) {
      for (const id of old) this.#left.delete(id);
      this.alarms = new Map([...this.alarms].filter(([id]) => !old.includes(id)));
    }
    const severity = heard(this.alarms.values());
    if (severity === null) { this.#next = 0; this.#confirm(); }
    else if (this.now >= this.#next && this.#ring(severity)) this.#next = this.now + PATTERNS[severity].every * 1000;
  }

  #ring(severity: Severity): boolean {
    const sounds = this.sound === 'on' && this.#siren.ring(severity);
    if (sounds) this.rung += 1;
    return sounds;
  }

  /** Sound a tone after the sound was turned on, and again until one was heard: a browser may wake its sound later than it
   *  was asked to, and a busy page may look when the tone is over. */
  #confirm(): void {
    if (this.#owed === 0 || this.now < this.#again || !this.#ring('info')) return;
    this.#owed -= 1;
    this.#again = this.now + CONFIRM_MS;
  }

  /** Measure what sounds, until a tone was heard. */
  #listen(): void {
    if (this.rung === 0 || this.level >= HEARD) return;
    this.level = Math.max(this.level, this.#siren.level());
    if (this.level >= HEARD) this.#owed = 0;
  }
}

export const watch = new Watch();
