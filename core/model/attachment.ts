// Content-Disposition for a download (RFC 6266, RFC 8187): the exact name in UTF-8 for every current browser, and a plain
// ASCII one for the rest. Nothing of the name reaches the header unescaped.

/** @param name one path segment, any characters */
export function attachment(name: string): string {
  return `attachment; filename="${asciiName(name)}"; filename*=UTF-8''${encodeExtended(name)}`;
}

/** RFC 8187 leaves only attr-char unescaped, which is less than encodeURIComponent leaves. */
function encodeExtended(name: string): string {
  return encodeURIComponent(name).replace(/['()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** Quotes, backslashes and percent signs are replaced too: browsers disagree on how to read them in a quoted string. */
function asciiName(name: string): string {
  const plain = name.replace(/[^\x20-\x7e]|["\\%]/gu, '_').trim();
  return plain === '' ? 'file' : plain;
}
