// What an alarm sounds like, made by the browser itself: no file is fetched. Each severity has a pattern of its own, told
// apart without colour and by ear alone; louder is not more urgent, faster is (IEC 60601-1-8, ISO 7731: pulses and pauses).
// A browser lets a page sound only after somebody touched it, so the siren may be blocked; the page then asks for a touch.
import type { Severity } from '../api/types';

export interface Tone { at: number; length: number; hertz: number }
export interface Pattern { tones: Tone[]; every: number }

/** Seconds and hertz; `every` is from one beginning to the next. */
export const PATTERNS: Record<Severity, Pattern> = {
  info: { tones: [{ at: 0, length: 0.35, hertz: 523 }], every: 12 },
  warning: { tones: [0, 0.25, 0.5].map((at) => ({ at, length: 0.15, hertz: 740 })), every: 4 },
  critical: { tones: [0, 0.2, 0.4, 0.6, 0.8].map((at, i) => ({ at, length: 0.16, hertz: i % 2 ? 698 : 932 })), every: 1.2 },
};

const LOUDNESS = 0.35;
const EDGE_S = 0.012; // a tone that begins at once would click
const KEPT_FRAMES = 32768; // the most that can be asked for; 0.7 s at 48 kHz, so that a timer that is late finds the tone

export class Siren {
  #context: AudioContext | null = null;
  #analyser: AnalyserNode | null = null;

  /** 'none' until it is armed; 'suspended' while the browser waits for a touch. */
  get state(): AudioContextState | 'none' { return this.#context?.state ?? 'none'; }

  /** Make the sound graph, or wake it; from a key or a touch this always works. */
  async arm(): Promise<void> {
    this.#context ??= new AudioContext();
    if (!this.#analyser) {
      this.#analyser = this.#context.createAnalyser();
      this.#analyser.fftSize = KEPT_FRAMES;
      this.#analyser.connect(this.#context.destination);
    }
    if (this.#context.state === 'suspended') await Promise.race([this.#context.resume(), new Promise((done) => setTimeout(done, 300))]);
  }

  async disarm(): Promise<void> {
    const context = this.#context;
    this.#context = this.#analyser = null;
    await context?.close();
  }

  /** Sound a pattern once; false where the browser does not let it. */
  ring(severity: Severity): boolean {
    const context = this.#context;
    if (!context || !this.#analyser || context.state !== 'running') return false;
    for (const { at, length, hertz } of PATTERNS[severity].tones) {
      const [from, to] = [context.currentTime + at, context.currentTime + at + length];
      const [tone, gain] = [context.createOscillator(), context.createGain()];
      tone.type = 'triangle';
      tone.frequency.value = hertz;
      gain.gain.setValueAtTime(0, from);
      gain.gain.linearRampToValueAtTime(LOUDNESS, from + EDGE_S);
      gain.gain.setValueAtTime(LOUDNESS, to - EDGE_S);
      gain.gain.linearRampToValueAtTime(0, to);
      tone.connect(gain).connect(this.#analyser);
      tone.start(from);
      tone.stop(to);
    }
    return true;
  }

  /** The loudest of the last `KEPT_FRAMES`, 0 to 1: that a sound is really made can be seen. */
  level(): number {
    if (!this.#analyser) return 0;
    const wave = new Float32Array(this.#analyser.fftSize);
    this.#analyser.getFloatTimeDomainData(wave);
    return wave.reduce((top, value) => Math.max(top, Math.abs(value)), 0);
  }
}
