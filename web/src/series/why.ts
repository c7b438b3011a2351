// Why a bucket has no figure, in words. The public is told that a camera was away, the room also why.
import { t } from '../i18n/index.svelte';
import type { Model } from './model';

export function whyEmpty(model: Model, row: number): string {
  if (model.held[row]) return t('history.held');
  const hidden = model.hidden[row];
  if (hidden) return t(hidden === 'suppressed' ? 'history.suppressed' : hidden === 'wider' ? 'history.wider' : 'history.closed');
  const at = model.wall[row] ?? 0;
  const span = model.spans.find((one) => (one.kind === 'outage' || one.kind === 'fault' || one.kind === 'moved' || one.kind === 'unwatched') && one.from < at + model.bucket && one.to > at);
  if (!span) return t('history.none');
  const kind = t(span.kind === 'outage' ? 'history.outage' : span.kind === 'fault' ? 'history.fault' : span.kind === 'moved' ? 'history.moved' : 'history.gap');
  return span.reason ? `${kind}: ${span.reason}` : kind;
}
