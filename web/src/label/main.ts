import { mount } from 'svelte';
import '../app.css';
import { lang } from '../i18n/index.svelte';
import { startTheme } from '../theme.svelte';
import Label from './Label.svelte';

startTheme();
document.documentElement.lang = lang.now;

const target = document.getElementById('app');
if (!target) throw new Error('label.html has no #app');
mount(Label, { target });
