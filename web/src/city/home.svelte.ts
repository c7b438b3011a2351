// "My area": a code that this browser remembers. Where somebody stood is not kept, and neither leaves the device.
const REMEMBERED = 'pantau.area';

let code = $state(typeof localStorage === 'undefined' ? '' : (localStorage.getItem(REMEMBERED) ?? ''));

export const home = {
  get code() { return code; },
  choose(next: string) {
    code = next;
    if (next) localStorage.setItem(REMEMBERED, next);
    else localStorage.removeItem(REMEMBERED);
  },
};
