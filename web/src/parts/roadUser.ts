// The words for a class; labels of indicators are the API's, a bare class in a live count has none.
import { t, type Key } from '../i18n/index.svelte';

const WORD: Record<string, Key> = {
  person: 'user.person', bicycle: 'user.bicycle', car: 'user.car', motorcycle: 'user.motorcycle', bus: 'user.bus', truck: 'user.truck',
};
export const ROAD_USERS = Object.keys(WORD);

export function roadUser(name: string): string {
  const key = WORD[name];
  return key ? t(key) : name;
}
