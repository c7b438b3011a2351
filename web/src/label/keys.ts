// Which key does what. Letters are those of the Indonesian names where they do not collide (C: car). Keys are found by their
// place for digits and by their letter else, so that other layouts type what they read.
import type { RoadUser } from './api';

export type Act =
  | { act: 'class'; roadUser: RoadUser; other: boolean }
  | { act: 'step'; frames: number } | { act: 'sample'; steps: number } | { act: 'along'; by: number }
  | { act: 'page'; by: number }
  | { act: Simple };
export type Simple =
  | 'mark' | 'next' | 'previous' | 'play' | 'speed' | 'flip' | 'undo' | 'redo' | 'remove' | 'move' | 'loop' | 'near'
  | 'from' | 'to' | 'lineDown' | 'lineUp' | 'select' | 'free' | 'help' | 'wider' | 'closer';

export const CLASS_KEYS: readonly [RoadUser, string, string][] = [
  ['person', '1', 'O'], ['bicycle', '2', 'S'], ['car', '3', 'C'], ['motorcycle', '4', 'M'], ['bus', '5', 'B'], ['truck', '6', 'T'],
];

const PLAIN: Record<string, Act> = {
  enter: { act: 'mark' }, n: { act: 'next' }, ' ': { act: 'play' }, x: { act: 'speed' }, d: { act: 'flip' }, u: { act: 'undo' },
  delete: { act: 'remove' }, backspace: { act: 'remove' }, g: { act: 'move' }, l: { act: 'loop' }, z: { act: 'near' },
  '[': { act: 'from' }, ']': { act: 'to' }, j: { act: 'lineDown' }, k: { act: 'lineUp' }, q: { act: 'select' }, escape: { act: 'free' },
  '?': { act: 'help' }, '-': { act: 'wider' }, '+': { act: 'closer' }, '=': { act: 'closer' },
  arrowleft: { act: 'step', frames: -1 }, arrowright: { act: 'step', frames: 1 },
  arrowup: { act: 'along', by: -1 }, arrowdown: { act: 'along', by: 1 },
  pagedown: { act: 'page', by: 1 }, pageup: { act: 'page', by: -1 },
};
const SHIFTED: Record<string, Act> = {
  n: { act: 'previous' }, u: { act: 'redo' }, '?': { act: 'help' }, '+': { act: 'closer' },
  arrowleft: { act: 'sample', steps: -1 }, arrowright: { act: 'sample', steps: 1 },
};

export interface Pressed { key: string; code: string; shiftKey: boolean; ctrlKey: boolean; metaKey: boolean; altKey: boolean }

/** What a key press asks for; nothing when it is none of ours. */
export function acted(event: Pressed): Act | null {
  const key = event.key.toLowerCase();
  if (event.altKey) return null;
  if (event.ctrlKey || event.metaKey) {
    if (key === 'z') return { act: event.shiftKey ? 'redo' : 'undo' };
    return key === 'y' ? { act: 'redo' } : null;
  }
  const digit = /^(?:Digit|Numpad)([1-6])$/.exec(event.code)?.[1];
  const named = CLASS_KEYS.find(([, one, letter]) => one === digit || letter.toLowerCase() === key);
  if (named) return { act: 'class', roadUser: named[0], other: event.shiftKey };
  return (event.shiftKey ? SHIFTED : PLAIN)[key] ?? null;
}
