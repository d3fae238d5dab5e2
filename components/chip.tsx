// A small label with an icon and a word. Colour only repeats what the word says.
import { Icon, type IconName } from './icon.tsx';

export type Tone = 'neutral' | 'good' | 'busy' | 'warn' | 'bad' | 'hot' | 'cold';

export function Chip(props: { tone?: Tone; icon?: IconName; word: string; title?: string }) {
  return (
    <span class={`chip chip-${props.tone ?? 'neutral'}`} title={props.title}>
      {props.icon ? <Icon name={props.icon} /> : null}
      {props.word}
    </span>
  );
}

/** What kind of event: always an icon and a word; a failure is a filled chip whatever its category. */
export function CategoryChip(props: {
  category: string;
  icon: IconName;
  word: string;
  severity: 'info' | 'warning' | 'failure';
}) {
  const failed = props.severity !== 'info';
  return (
    <span class={`cat cat-${props.category}${failed ? ` is-${props.severity}` : ''}`}>
      <Icon name={failed ? 'triangle-alert' : props.icon} />
      {props.word}
    </span>
  );
}
