// Light, dark, or as the system says; a choice is remembered. CSS reads data-theme on <html>.
export type Theme = 'light' | 'dark';

const REMEMBERED = 'pantau.theme';
const system = typeof matchMedia === 'undefined' ? null : matchMedia('(prefers-color-scheme: dark)');

function chosen(): Theme | null {
  if (typeof localStorage === 'undefined') return null;
  const value = localStorage.getItem(REMEMBERED);
  return value === 'light' || value === 'dark' ? value : null;
}

let now = $state<Theme>(chosen() ?? (system?.matches ? 'dark' : 'light'));

export const theme = {
  get now() { return now; },
  flip() {
    now = now === 'dark' ? 'light' : 'dark';
    localStorage.setItem(REMEMBERED, now);
    document.documentElement.dataset['theme'] = now;
  },
};

export function startTheme(): void {
  document.documentElement.dataset['theme'] = now;
  system?.addEventListener('change', (event) => {
    if (chosen()) return;
    now = event.matches ? 'dark' : 'light';
    document.documentElement.dataset['theme'] = now;
  });
}

/** The value of a colour token, for canvases that CSS does not reach. */
export const token = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
