// What people type into to find something: the key that leads to it stands beside it.
import { Icon } from './icon.tsx';

/** Stands in an element of class `search`. @param props.hint  shown while it is empty; absent: the label is */
export function SearchField(props: { name: string; label: string; value?: string | undefined; hint?: string }) {
  const { name, label, value, hint = label } = props;
  return (
    <>
      <Icon name="search" />
      <input
        type="search"
        name={name}
        value={value}
        placeholder={hint}
        aria-label={label}
        autocomplete="off"
        spellcheck={false}
        data-search=""
      />
      <span class="kbd" aria-hidden="true">
        /
      </span>
    </>
  );
}
