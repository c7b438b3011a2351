import { describe, expect, it } from 'vitest';
import { acted, CLASS_KEYS, type Pressed } from '../src/label/keys';
import { clock, looked, nextMoment, Samples, snapped } from '../src/label/time';

const key = (name: string, code = '', held: Partial<Pressed> = {}): Pressed => ({ key: name, code, shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, ...held });

describe('what was looked at', () => {
  it.each([
    [null, [0, 10], [0, 10]],
    [[0, 10], [10, 20], [0, 20]],
    [[0, 10], [9, 20], [0, 20]],
    [[10, 20], [0, 10.04], [0, 20]],
    [[0, 10], [12, 20], [0, 10]], // nobody looked between 10 and 12
    [[5, 5], [12, 20], [12, 20]],
    [[0, 30], [10, 20], [0, 30]],
  ] as const)('%j and then %j', (before, part, after) => {
    expect(looked(before && [...before], [...part])).toEqual(after);
  });
});

describe('the next moment', () => {
  it('has no mark, lies ahead and on the page', () => {
    const moments = [1, 3, 3.4, 7, 12];
    expect(nextMoment(moments, [], 1, 10)).toBe(3);
    expect(nextMoment(moments, [3.1], 1, 10)).toBe(7);
    expect(nextMoment(moments, [3.1, 7], 1, 10)).toBeNull();
    expect(nextMoment([], [], 0, 10)).toBeNull();
  });

  it('is where a late key belongs, unless it is taken', () => {
    expect(snapped([1, 3], [], 3.4, 0.8)).toBe(3);
    expect(snapped([1, 3], [3], 3.4, 0.8)).toBe(3.4);
    expect(snapped([1, 3], [], 2, 0.8)).toBe(2);
  });
});

describe('pictures and seconds', () => {
  it('agree in both directions, between samples and beyond them', () => {
    const samples = new Samples(10);
    samples.append(0, [0, 0.2, 0.4, 3.4, 3.6], [1, 3, 5, 6, 8]); // a hole of three seconds
    expect(samples.second(4)).toBeCloseTo(0.3);
    expect(samples.picture(0.31)).toBe(4);
    for (const [i, frame] of samples.frame.entries()) expect(samples.picture(samples.t[i] ?? -1)).toBe(frame);
    expect(samples.picture(99)).toBe(8);
    expect(samples.picture(-5)).toBe(1);
    samples.append(0, [9], [9]); // an answer that comes twice
    expect(samples.length).toBe(5);
  });

  it('are written as minutes and seconds', () => {
    expect([0, 9.96, 59.99, 754.3].map((s) => clock(s, ','))).toEqual(['0:00,0', '0:10,0', '1:00,0', '12:34,3']);
    expect(clock(119.6, '.', 0)).toBe('2:00');
  });
});

describe('a key', () => {
  it('of a class works as digit, letter and on the number pad, with shift for the other way', () => {
    for (const [roadUser, digit, letter] of CLASS_KEYS) {
      expect(acted(key(digit, `Digit${digit}`))).toEqual({ act: 'class', roadUser, other: false });
      expect(acted(key('!', `Digit${digit}`, { shiftKey: true }))).toEqual({ act: 'class', roadUser, other: true });
      expect(acted(key(digit, `Numpad${digit}`))).toEqual({ act: 'class', roadUser, other: false });
      expect(acted(key(letter.toLowerCase()))).toEqual({ act: 'class', roadUser, other: false });
    }
  });

  it('of the browser stays the browser’s', () => {
    for (const held of [{ ctrlKey: true }, { metaKey: true }, { altKey: true }]) {
      expect(acted(key('1', 'Digit1', held))).toBeNull();
      expect(acted(key('n', 'KeyN', held))).toBeNull();
    }
    expect(acted(key('Tab', 'Tab'))).toBeNull();
    expect(acted(key('z', 'KeyZ', { ctrlKey: true }))).toEqual({ act: 'undo' });
    expect(acted(key('Z', 'KeyZ', { ctrlKey: true, shiftKey: true }))).toEqual({ act: 'redo' });
  });

  it('means one thing only', () => {
    const letters = CLASS_KEYS.map(([, , letter]) => letter.toLowerCase());
    for (const other of 'nxduglzjkq[]') expect(letters).not.toContain(other);
  });
});
