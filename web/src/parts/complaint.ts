// The words for what citizens say of a figure, and for what came of it.
import type { ComplaintOutcome, ComplaintReason } from '../api/types';
import type { Key } from '../i18n/index.svelte';

export const REASONS: ComplaintReason[] = ['high', 'low', 'gap', 'shape', 'place', 'other'];
export const REASON_WORD: Record<ComplaintReason, Key> = {
  high: 'complain.high', low: 'complain.low', gap: 'complain.gap', shape: 'complain.shape', place: 'complain.place', other: 'complain.other',
};
export const OUTCOMES: Record<ComplaintOutcome, Key> = {
  explained: 'complain.explained', corrected: 'complain.corrected', 'known-gap': 'complain.knownGap', unclear: 'complain.unclear',
};
