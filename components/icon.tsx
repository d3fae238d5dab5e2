// One icon from the page's sprite. It is decoration: the word beside it, or the label of its button, says the same.

export type IconName =
  | 'activity'
  | 'arrow-down'
  | 'arrow-left'
  | 'arrow-left-right'
  | 'arrow-up'
  | 'arrow-up-to-line'
  | 'boxes'
  | 'check'
  | 'chevron-down'
  | 'chevron-right'
  | 'circle-alert'
  | 'circle-check'
  | 'circle-dashed'
  | 'circle-off'
  | 'clock'
  | 'copy'
  | 'download'
  | 'file'
  | 'file-archive'
  | 'file-braces'
  | 'file-code'
  | 'file-image'
  | 'file-music'
  | 'file-spreadsheet'
  | 'file-text'
  | 'file-video-camera'
  | 'flame'
  | 'folder'
  | 'folder-open'
  | 'folder-tree'
  | 'inbox'
  | 'info'
  | 'key'
  | 'keyboard'
  | 'layers'
  | 'log-out'
  | 'monitor'
  | 'moon'
  | 'move'
  | 'pause'
  | 'pencil'
  | 'play'
  | 'plus'
  | 'refresh-cw'
  | 'search'
  | 'server'
  | 'snowflake'
  | 'sun'
  | 'trash-2'
  | 'triangle-alert'
  | 'user'
  | 'wifi-off'
  | 'x';

export function Icon({ name, class: extra }: { name: IconName; class?: string }) {
  return (
    <svg class={extra ? `icon ${extra}` : 'icon'} aria-hidden="true">
      <use href={`#i-${name}`} />
    </svg>
  );
}
