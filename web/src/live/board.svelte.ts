// The newest state of each camera, from the event stream, shown at most five times a second whatever arrives. Latest
// wins; nothing is queued but the crossings that a page has not yet drawn, and those are bounded. Alarms come by the same
// stream and go to the watch at once.
import { watch } from '../alarm/watch.svelte';
import { address } from '../api/client';
import type { AlarmEvent, Beat, LiveCrossing, LiveEvent } from '../api/types';
import { browser, Stream, type StreamState, type Surroundings } from './stream';

const SHOW_EVERY_MS = 200;

export interface BoardOptions {
  camera?: string;
  onFresh(): void;
  onLost?(): void;
  onLive?(event: LiveEvent): void;
  around?: Surroundings;
}

export class LiveBoard {
  cameras = $state.raw<ReadonlyMap<string, LiveEvent>>(new Map());
  state = $state<StreamState>('connecting');
  /** The server's clock at its last sign of life. */
  beat = $state<number | null>(null);
  readonly #stream: Stream;
  readonly #options: BoardOptions;
  #next = new Map<string, LiveEvent>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: BoardOptions) {
    this.#options = options;
    this.#stream = new Stream(
      {
        url: address('/live', { camera: options.camera }),
        types: ['live', 'alarm', 'beat'],
        onEvent: (type, data) => this.#take(type, data),
        onState: (state) => { this.state = state; },
        onLoss: () => options.onLost?.(),
        onFresh: () => {
          void watch.refresh();
          options.onFresh();
        },
      },
      options.around ?? { ...browser, hidden: () => browser.hidden() && !watch.audible }, // who wants to hear alarms listens on
    );
  }

  start(): () => void {
    this.#stream.start();
    return () => {
      clearTimeout(this.#timer);
      this.#stream.stop();
    };
  }

  #take(type: string, data: string): void {
    if (type === 'beat') {
      const beat = JSON.parse(data) as Beat;
      this.beat = Date.parse(beat.now);
      watch.beat(beat);
      return;
    }
    if (type === 'alarm') {
      watch.take(JSON.parse(data) as AlarmEvent);
      return;
    }
    const event = JSON.parse(data) as LiveEvent;
    this.#next.set(event.camera, event);
    this.#options.onLive?.(event);
    this.#timer ??= setTimeout(() => this.#show(), SHOW_EVERY_MS);
  }

  #show(): void {
    this.#timer = undefined;
    this.cameras = new Map([...this.cameras, ...this.#next]);
    this.#next = new Map();
  }
}

/** Crossings in `event` that are newer than what this was last asked about, by line. */
export class Freshness {
  #newest = new Map<string, number>();

  take(event: LiveEvent): LiveCrossing[] {
    const first = this.#newest.size === 0;
    const fresh = event.crossings.filter((c) => Date.parse(c.time) > (this.#newest.get(c.line) ?? (first ? Date.parse(event.time) - 2000 : 0)));
    for (const c of event.crossings) this.#newest.set(c.line, Math.max(this.#newest.get(c.line) ?? 0, Date.parse(c.time)));
    return fresh;
  }
}
