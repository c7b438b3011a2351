// Addresses: the path says which page, the query holds everything that can be changed on it, so that an address
// restores a view exactly. Links are plain <a href>; clicks on ours are taken over here.

interface Where { path: string; query: URLSearchParams }

const here = (): Where => ({ path: location.pathname.replace(/\/+$/, '') || '/', query: new URLSearchParams(location.search) });

let where = $state.raw<Where>(typeof location === 'undefined' ? { path: '/', query: new URLSearchParams() } : here());

export const route = {
  get path() { return where.path; },
  get query() { return where.query; },
};

/** Go to an address of ours. `replace` for changes that are no step of their own (a zoom while it is dragged). */
export function go(url: string, replace = false): void {
  if (url === location.pathname + location.search) return;
  history[replace ? 'replaceState' : 'pushState'](null, '', url);
  const before = where.path;
  where = here();
  if (replace || before === where.path) return;
  scrollTo(0, 0);
  document.getElementById('main')?.focus({ preventScroll: true }); // so that a reader begins at the new page
}

/** This view with some of its settings changed; an empty or undefined value takes the setting out. */
export function withQuery(changes: Record<string, string | undefined>): string {
  const query = new URLSearchParams(where.query);
  for (const [key, value] of Object.entries(changes)) {
    if (value) query.set(key, value);
    else query.delete(key);
  }
  const tail = query.toString();
  return where.path + (tail ? `?${tail}` : '');
}

const OURS = /^\/(portal|room)(\/|$)/;

function clicked(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = (event.target as Element | null)?.closest('a'); // of a page or of a drawing: both have the attributes
  if (!link?.hasAttribute('href') || link.hasAttribute('target') || link.hasAttribute('download')) return;
  const url = new URL(link.getAttribute('href') ?? '', location.href);
  if (url.origin !== location.origin || url.hash || !OURS.test(url.pathname)) return;
  event.preventDefault();
  go(url.pathname + url.search);
}

/** Listen to the browser's own steps; returns how to stop. */
export function startRouter(): () => void {
  const popped = () => { where = here(); };
  addEventListener('popstate', popped);
  document.addEventListener('click', clicked);
  return () => {
    removeEventListener('popstate', popped);
    document.removeEventListener('click', clicked);
  };
}

/** The parameters of `pattern` ("/portal/place/:id") in `path`, or nothing where it does not fit. */
export function match(pattern: string, path: string): Record<string, string> | null {
  const wanted = pattern.split('/');
  const got = path.split('/');
  if (wanted.length !== got.length) return null;
  const found: Record<string, string> = {};
  for (const [i, part] of wanted.entries()) {
    const value = got[i] ?? '';
    if (part.startsWith(':')) {
      if (!value) return null;
      found[part.slice(1)] = decodeURIComponent(value);
    } else if (part !== value) return null;
  }
  return found;
}
