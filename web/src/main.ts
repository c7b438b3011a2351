import { mount } from 'svelte';
import App from './App.svelte';
import './app.css';
import { openHouse } from './house.svelte';
import { lang } from './i18n/index.svelte';
import { startRouter } from './router.svelte';
import { startTheme } from './theme.svelte';

startTheme();
startRouter();
document.documentElement.lang = lang.now;
void openHouse();

// A page that stays open for days keeps up with new places and with the server's clock.
setInterval(() => {
  if (!document.hidden) void openHouse();
}, 10 * 60_000);

const target = document.getElementById('app');
if (!target) throw new Error('index.html has no #app');
mount(App, { target });
