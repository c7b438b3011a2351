// Server-sent events that survive real life: a lost server (exponential back-off with jitter, capped), a stream that is
// open but silent (the server beats every 5 s; 12 s without a word count as lost), a hidden tab (closed, and opened
// again when it is seen) and a network that returns (tried at once). After every return `onFresh` is called, because
// what happened meanwhile was not heard: the page must read its state anew.

export type StreamState = 'connecting' | 'open' | 'lost' | 'paused';

/** What is used of EventSource; tests bring their own. */
export interface Eventful {
  addEventListener(type: string, listener: (event: MessageEvent<string>) => void): void;
  close(): void;
}

/** The world around the stream. */
export interface Surroundings {
  open(url: string): Eventful;
  hidden(): boolean;
  onVisibility(listener: () => void): () => void;
  onOnline(listener: () => void): () => void;
  random(): number;
}

export interface StreamOptions {
  url: string;
  types: string[];
  onEvent(type: string, data: string): void;
  onState(state: StreamState): void;
  onFresh(): void;
  /** Each time a connection is given up, also while it is already known to be lost. */
  onLoss(): void;
}

export const SILENCE_MS = 12_000;
export const FIRST_WAIT_MS = 1_000;
export const LONGEST_WAIT_MS = 15_000;

/** Milliseconds to wait before attempt `n` (from 0): half fixed, half by chance, so that pages do not come in step. */
export const waitBefore = (n: number, random: number): number =>
  Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(n, 10)) * (0.5 + random / 2);

export class Stream {
  #source: Eventful | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #attempts = 0;
  #heardBefore = false;
  #stops: (() => void)[] = [];
  #state: StreamState = 'connecting';

  constructor(
    readonly options: StreamOptions,
    readonly around: Surroundings,
  ) {}

  start(): void {
    this.#stops = [
      this.around.onVisibility(() => (this.around.hidden() ? this.#pause() : this.#wake())),
      this.around.onOnline(() => this.#wake()),
    ];
    if (this.around.hidden()) this.#pause();
    else this.#connect();
  }

  stop(): void {
    this.#drop();
    for (const stop of this.#stops) stop();
    this.#stops = [];
  }

  #say(state: StreamState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.options.onState(state);
  }

  #drop(): void {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = null;
  }

  #pause(): void {
    this.#drop();
    this.#say('paused');
  }

  /** Seen again or online again: try now unless the stream is open. */
  #wake(): void {
    if (this.around.hidden() || this.#source !== null) return;
    this.#attempts = 0;
    this.#connect();
  }

  #connect(): void {
    this.#drop();
    const source = this.around.open(this.options.url);
    this.#source = source;
    this.#listen();
    source.addEventListener('open', () => this.#heard(source));
    source.addEventListener('error', () => source === this.#source && this.#lose());
    for (const type of this.options.types) {
      source.addEventListener(type, (event) => {
        if (!this.#heard(source)) return;
        this.options.onEvent(type, event.data);
      });
    }
  }

  #listen(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#lose(), SILENCE_MS);
  }

  /** A sign of life; false when it comes from a source that was given up. */
  #heard(source: Eventful): boolean {
    if (source !== this.#source) return false;
    this.#attempts = 0;
    this.#listen();
    if (this.#state !== 'open') {
      this.#say('open');
      if (this.#heardBefore) this.options.onFresh();
      this.#heardBefore = true;
    }
    return true;
  }

  #lose(): void {
    this.#drop();
    this.#say('lost');
    this.options.onLoss();
    this.#timer = setTimeout(() => this.#connect(), waitBefore(this.#attempts, this.around.random()));
    this.#attempts += 1;
  }
}

/** The browser itself. */
export const browser: Surroundings = {
  open: (url) => new EventSource(url, { withCredentials: true }),
  hidden: () => document.hidden,
  onVisibility: (listener) => {
    document.addEventListener('visibilitychange', listener);
    return () => document.removeEventListener('visibilitychange', listener);
  },
  onOnline: (listener) => {
    addEventListener('online', listener);
    return () => removeEventListener('online', listener);
  },
  random: Math.random,
};
