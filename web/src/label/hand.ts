// What a key does at the desk: it is one of the desk's verbs, or a switch of how the clip is shown.
import { t } from '../i18n/index.svelte';
import { OTHER, type RoadUser } from './api';
import type { Desk } from './desk.svelte';
import type { Act, Simple } from './keys';

const SPEEDS = [1, 2, 4];

export async function act(desk: Desk, asked: Act): Promise<void> {
  switch (asked.act) {
    case 'class': return classKey(desk, asked.roadUser, asked.other);
    case 'step': desk.stop(); desk.lookAt(desk.frame + asked.frames); return;
    case 'sample': desk.stop(); desk.look(desk.now + asked.steps / (desk.about?.camera_fps ?? 5)); return;
    case 'along': desk.along = Math.max(-0.15, Math.min(1.15, desk.along + asked.by * 0.04 * (desk.flipped ? -1 : 1))); desk.selected = null; return;
    case 'page': desk.stop(); return desk.turn(asked.by);
    default: return simple(desk, asked.act);
  }
}

async function classKey(desk: Desk, user: RoadUser, other: boolean): Promise<void> {
  desk.pen = user;
  if (desk.selected !== null && !desk.playing) await desk.setClass(user);
  else await desk.mark(user, other ? OTHER[desk.way] : desk.way);
}

async function simple(desk: Desk, asked: Simple): Promise<void> {
  switch (asked) {
    case 'mark': if (desk.pen) return desk.mark(desk.pen, desk.way); desk.say(t('label.choosePen')); return;
    case 'next': desk.stop(); return desk.next();
    case 'previous': desk.stop(); desk.previous(); return;
    case 'play': desk.play(); return;
    case 'speed': desk.speed = SPEEDS[(SPEEDS.indexOf(desk.speed) + 1) % SPEEDS.length] ?? 1; return;
    case 'flip': return desk.flip();
    case 'undo': return desk.undo();
    case 'redo': return desk.redo();
    case 'remove': return desk.remove();
    case 'move': return desk.move();
    case 'loop': desk.loop = !desk.loop; return;
    case 'near': desk.near = !desk.near; return;
    case 'from': case 'to': return desk.bound(asked);
    case 'lineDown': return desk.otherLine(1);
    case 'lineUp': return desk.otherLine(-1);
    case 'select': desk.selectNext(); return;
    case 'free': [desk.selected, desk.pen, desk.help] = [null, null, false]; return;
    case 'help': desk.help = !desk.help; return;
    case 'wider': desk.zoomBy(-1); return;
    case 'closer': desk.zoomBy(1); return;
  }
}
