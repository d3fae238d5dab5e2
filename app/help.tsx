// The list of keys: those of this page first, then those of every page; and the switch that turns single keys off.
import { Icon } from '../components/icon.tsx';
import { type Section, sections } from './sections.ts';

interface Key {
  /** pressed together or one after the other, as the words say */
  readonly keys: readonly string[];
  readonly what: string;
}

const EVERYWHERE: readonly Key[] = [
  { keys: ['Ctrl K'], what: 'Go to anything, run an action' },
  ...sections.map(({ key, word }) => ({ keys: ['g', key], what: word })),
  { keys: ['/'], what: 'Search or filter' },
  { keys: ['?'], what: 'This list' },
  { keys: ['Esc'], what: 'Close what is open' },
];

const ROWS: readonly Key[] = [
  { keys: ['j', 'k'], what: 'Next and previous row, also ↓ ↑' },
  { keys: ['Home', 'End'], what: 'First and last row' },
  { keys: ['Enter'], what: 'Open the row' },
];

const OF_SECTION: Readonly<Partial<Record<Section, readonly Key[]>>> = {
  projects: ROWS,
  files: [
    ...ROWS,
    { keys: ['→', '←'], what: 'Expand a folder, go to its parent' },
    { keys: ['x'], what: 'Select the row' },
    { keys: ['Shift P'], what: 'Promote what is selected' },
    { keys: ['Shift V'], what: 'Evict what is selected' },
    { keys: ['Shift R'], what: 'Resync what is selected' },
    { keys: ['Shift F'], what: 'Repair what is selected' },
    { keys: ['y'], what: 'Copy a link to the row' },
  ],
  events: [...ROWS, { keys: ['Space'], what: 'Pause and resume the feed' }],
  jobs: ROWS,
  metrics: [
    { keys: ['←', '→'], what: 'On a plot: through time, also Home and End' },
    { keys: ['Enter'], what: 'On a plot: events of that moment' },
  ],
  nodes: ROWS,
};

export function Help({ section }: { section: Section | undefined }) {
  const own = (section && OF_SECTION[section]) ?? [];
  return (
    <dialog id="help" aria-labelledby="help-title">
      <header>
        <h2 id="help-title">Keyboard shortcuts</h2>
        <button type="button" class="icon-button" data-act="close-dialog" aria-label="Close">
          <Icon name="x" />
        </button>
      </header>
      {own.length > 0 ? <KeyList title="On this page" keys={own} /> : null}
      <KeyList title="Everywhere" keys={EVERYWHERE} />
      <KeySwitch id="help-keys-off" />
    </dialog>
  );
}

function KeyList({ title, keys }: { title: string; keys: readonly Key[] }) {
  return (
    <>
      <h3 class="keys-title">{title}</h3>
      <dl class="keys">
        {keys.map(({ keys: pressed, what }) => (
          <div>
            <dt>
              {pressed.map((key) => (
                <kbd>{key}</kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}

/** Kept in the browser: keys are a matter of this device. The script keeps all of them at one. */
export function KeySwitch({ id }: { id: string }) {
  return (
    <label class="switch js-only" for={id}>
      <input type="checkbox" id={id} data-keys-off="" />
      Turn single-key shortcuts off on this device
    </label>
  );
}
