// The browser script: Datastar's patching, the live stream, clicks and keys. Every link and form works without it.
import { apply, load } from '@starfederation/datastar';
import {
  MergeFragments,
  MergeSignals,
  On,
  OnLoad,
  RemoveFragments,
  RemoveSignals,
  Show,
  Text,
} from '@starfederation/datastar/plugins';
import './clicks.ts';
import './forms.ts';
import './keys.ts';
import { paint } from './live.ts';
import { markOpen } from './patched.ts';
import './selection.ts';
import { localTimes } from './times.ts';
import './tree.ts';
import './tree-keys.ts';

document.documentElement.classList.add('js');

// The token of the printed link stands behind `#`, which reaches no server: it moves into the form and out of sight.
const token = /^#token=(.+)$/.exec(location.hash)?.[1];
if (token !== undefined) history.replaceState(null, '', location.pathname + location.search);
const form = document.getElementById('sign-in');
const field = document.getElementById('token');
if (token !== undefined && form instanceof HTMLFormElement && field instanceof HTMLInputElement) {
  field.value = decodeURIComponent(token);
  form.requestSubmit();
}

localTimes();
markOpen();
setInterval(() => {
  if (document.hidden) return;
  localTimes();
  paint();
}, 1000);

load(On, OnLoad, Show, Text, MergeFragments, MergeSignals, RemoveFragments, RemoveSignals);
apply();
