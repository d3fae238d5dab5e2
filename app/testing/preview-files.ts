// The files of the project that a preview shows first: of each kind that looks another way, and of names that try to leave their place.
const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 180"><defs><linearGradient id="a" x2="1" y2="1"><stop stop-color="#0969da"/><stop offset="1" stop-color="#8250df"/></linearGradient></defs><rect width="320" height="180" rx="12" fill="url(#a)"/><circle cx="90" cy="90" r="42" fill="#fff" opacity=".85"/><path d="M160 120h110M160 90h80M160 60h110" stroke="#fff" stroke-width="10" stroke-linecap="round" opacity=".7"/></svg>`;
export const markdown = `# Release checklist

1. Freeze the branch, tag it.
2. Run the \`bench\` suite against the last release.
3. Promote the project on every node:

       npx fs-sync promote demo --strict

4. Watch **Events** until the last object is archived.
`;
export const DEMO_FILES: readonly [path: string, content: string, mime: string, minutesAgo: number, size?: number][] = [
  ['README.md', markdown, 'text/markdown; charset=utf-8', 12],
  ['assets/logo.svg', svg, 'image/svg+xml', 55],
  ['assets/hero@2x.png', 'x', 'image/png', 3000, 2_480_112],
  ['assets/fonts/Inter-Variable.woff2', 'x', 'font/woff2', 9000, 345_588],
  ['assets/icons/sprite.svg', svg, 'image/svg+xml', 9000],
  ['build/app-1.4.2.tar.gz', 'x\0', 'application/gzip', 300, 48_233_910],
  ['build/app-1.4.3.tar.gz', 'x\0', 'application/gzip', 2, 48_311_202],
  ['data/2026-05.parquet', 'x\0', 'application/octet-stream', 700, 318_000_000],
  ['data/customers.csv', 'id,name,city\n1,Ada,Paris\n', 'text/csv', 130, 8_120_332],
  ['docs/architecture.md', markdown, 'text/markdown', 31],
  ['docs/guides/install.md', markdown, 'text/markdown', 1400],
  ['docs/guides/restore.md', markdown, 'text/markdown', 1500],
  ['docs/guides/img/tiers.svg', svg, 'image/svg+xml', 1500],
  ['docs/release-checklist.md', markdown, 'text/markdown', 0.2],
  ['notes/<img src=x onerror=alert(1)>.txt', 'harmless', 'text/plain', 80],
  ['notes/"quoted" & \'single\'.txt', 'harmless', 'text/plain', 81],
  ['notes/invoice\u202efdp.exe', 'x\0', 'application/octet-stream', 82, 120],
  ['notes/line\r\nbreak\ttab.txt', 'harmless', 'text/plain', 83],
  ['notes/emoji 🦊 and עברית.md', markdown, 'text/markdown', 84],
  [
    'notes/a-very-long-name-that-goes-on-and-on-until-it-cannot-be-shown-in-full-on-any-reasonable-screen-width-at-all.md',
    markdown,
    'text/markdown',
    85,
  ],
  ['notes/empty.txt', '', 'text/plain', 86],
  ['package.json', '{\n  "name": "demo",\n  "private": true\n}\n', 'application/json', 240],
  ['video/walkthrough.mp4', 'x\0', 'video/mp4', 20000, 214_000_000],
];
