// File names that try to leave their place: HTML, quotes, a right-to-left override, the line ends of an event stream, a
// script's expression, an entity; and two scripts in one name.
export const HOSTILE = [
  '<img src=x onerror=alert(1)>.txt',
  `"quoted" & 'single'.txt`,
  'invoice\u202efdp.exe',
  'cr\r\nevent: datastar-execute-script\rdata: script alert(1)\r\n\r\n.txt',
  "$signal @post('x').txt",
  'a&#13;b.txt',
  '🦊 and עברית.md',
] as const;
