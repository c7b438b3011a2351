import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FIRST_WAIT_MS, LONGEST_WAIT_MS, SILENCE_MS, Stream, waitBefore, type Eventful, type StreamState } from '../src/live/stream';

class FakeSource implements Eventful {
  closed = false;
  readonly #listeners = new Map<string, ((event: MessageEvent<string>) => void)[]>();
  addEventListener(type: string, listener: (event: MessageEvent<string>) => void): void {
    this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener]);
  }
  close(): void { this.closed = true; }
  say(type: string, data = '{}'): void {
    for (const listener of this.#listeners.get(type) ?? []) listener({ data } as MessageEvent<string>);
  }
}

function world() {
  const sources: FakeSource[] = [];
  const states: StreamState[] = [];
  const events: string[] = [];
  let hidden = false;
  let seen = (): void => undefined;
  let online = (): void => undefined;
  let fresh = 0;
  let losses = 0;
  const stream = new Stream(
    {
      url: '/live', types: ['live', 'beat'], onEvent: (type, data) => events.push(`${type} ${data}`),
      onState: (state) => states.push(state), onFresh: () => { fresh += 1; }, onLoss: () => { losses += 1; },
    },
    {
      open: () => { const source = new FakeSource(); sources.push(source); return source; },
      hidden: () => hidden, random: () => 1,
      onVisibility: (listener) => { seen = listener; return () => { seen = () => undefined; }; },
      onOnline: (listener) => { online = listener; return () => { online = () => undefined; }; },
    },
  );
  return {
    stream, sources, states, events,
    get fresh() { return fresh; },
    get losses() { return losses; },
    get last(): FakeSource { return sources.at(-1) as FakeSource; },
    hide(value: boolean) { hidden = value; seen(); },
    online: () => online(),
  };
}

beforeEach(() => { vi.useFakeTimers(); });
afterEach(() => { vi.useRealTimers(); });

describe('a stream', () => {
  it('hands events on and says that it is open', () => {
    const w = world();
    w.stream.start();
    w.last.say('open');
    w.last.say('live', '{"n":1}');
    expect(w.states).toEqual(['open']);
    expect(w.events).toEqual(['live {"n":1}']);
    expect(w.fresh).toBe(0);
  });

  it('tries again with growing waits after an error, and asks for a fresh snapshot once it is back', () => {
    const w = world();
    w.stream.start();
    w.last.say('open');
    w.last.say('error');
    expect(w.states.at(-1)).toBe('lost');
    expect(w.last.closed).toBe(true);
    vi.advanceTimersByTime(FIRST_WAIT_MS - 1);
    expect(w.sources).toHaveLength(1);
    vi.advanceTimersByTime(1);
    expect(w.sources).toHaveLength(2);
    w.last.say('error');
    vi.advanceTimersByTime(2 * FIRST_WAIT_MS - 1);
    expect(w.sources).toHaveLength(2);
    vi.advanceTimersByTime(1);
    expect(w.sources).toHaveLength(3);
    expect(w.losses).toBe(2);
    w.last.say('open');
    expect(w.states.at(-1)).toBe('open');
    expect(w.fresh).toBe(1);
  });

  it('takes a silent stream for lost, and a beat for a sign of life', () => {
    const w = world();
    w.stream.start();
    w.last.say('open');
    vi.advanceTimersByTime(SILENCE_MS - 1);
    w.last.say('beat');
    vi.advanceTimersByTime(SILENCE_MS - 1);
    expect(w.states).toEqual(['open']);
    vi.advanceTimersByTime(1);
    expect(w.states.at(-1)).toBe('lost');
  });

  it('gives up a connection that never opens', () => {
    const w = world();
    w.stream.start();
    vi.advanceTimersByTime(SILENCE_MS);
    expect(w.states).toEqual(['lost']);
    expect(w.last.closed).toBe(true);
  });

  it('closes while the tab is hidden and returns with a fresh snapshot', () => {
    const w = world();
    w.stream.start();
    w.last.say('open');
    w.hide(true);
    expect(w.last.closed).toBe(true);
    expect(w.states.at(-1)).toBe('paused');
    vi.advanceTimersByTime(3_600_000);
    expect(w.sources).toHaveLength(1);
    w.hide(false);
    expect(w.sources).toHaveLength(2);
    w.last.say('live', '{}');
    expect(w.fresh).toBe(1);
    expect(w.states.at(-1)).toBe('open');
  });

  it('tries at once when the network returns, without waiting out the back-off', () => {
    const w = world();
    w.stream.start();
    w.last.say('error');
    w.online();
    expect(w.sources).toHaveLength(2);
    vi.advanceTimersByTime(FIRST_WAIT_MS);
    expect(w.sources).toHaveLength(2);
  });

  it('ignores what a connection that was given up still says', () => {
    const w = world();
    w.stream.start();
    const old = w.last;
    old.say('error');
    old.say('live', '{"late":true}');
    expect(w.events).toEqual([]);
    expect(w.states.at(-1)).toBe('lost');
  });

  it('does nothing more once stopped', () => {
    const w = world();
    w.stream.start();
    w.last.say('error');
    w.stream.stop();
    vi.advanceTimersByTime(3_600_000);
    w.online();
    expect(w.sources).toHaveLength(1);
  });
});

describe('the wait before an attempt', () => {
  it('doubles up to its limit and is spread by chance', () => {
    expect(waitBefore(0, 1)).toBe(FIRST_WAIT_MS);
    expect(waitBefore(2, 1)).toBe(4 * FIRST_WAIT_MS);
    expect(waitBefore(50, 1)).toBe(LONGEST_WAIT_MS);
    expect(waitBefore(0, 0)).toBe(FIRST_WAIT_MS / 2);
  });
});
