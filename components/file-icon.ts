// Which icon stands for a file, by its name's ending: a hint for the eye, never used for anything else.
import type { IconName } from './icon.tsx';

const GROUPS: readonly (readonly [IconName, string])[] = [
  ['file-image', 'png jpg jpeg gif webp avif svg bmp ico tif tiff heic psd exr'],
  ['file-archive', 'zip tar gz tgz zst xz bz2 7z rar jar deb rpm'],
  [
    'file-code',
    'ts tsx js jsx mjs cjs py rs go c h cc cpp hpp java kt rb sh bash zsh css scss html htm xml sql lua php vue',
  ],
  ['file-braces', 'json jsonl yaml yml toml ini'],
  ['file-text', 'md txt log rst adoc pdf doc docx rtf'],
  ['file-spreadsheet', 'csv tsv xls xlsx parquet'],
  ['file-video-camera', 'mp4 mov mkv webm avi m4v'],
  ['file-music', 'mp3 wav flac ogg m4a aac opus'],
];

const byEnding = new Map<string, IconName>(
  GROUPS.flatMap(([icon, endings]) => endings.split(' ').map((ending): [string, IconName] => [ending, icon])),
);

export function fileIcon(name: string): IconName {
  const dot = name.lastIndexOf('.');
  return (dot > 0 && byEnding.get(name.slice(dot + 1).toLowerCase())) || 'file';
}
