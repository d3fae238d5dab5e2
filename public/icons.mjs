// Builds the icon sprite: one <symbol> for each icon in use, from lucide-static's SVG files. Stroke and colour come from
// the `.icon` class, so a symbol is only shapes.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { iconNames } from './icon-names.mjs';

/** @returns {Promise<string>} an invisible `<svg>` with one `<symbol id="i-NAME">` an icon */
export async function buildSprite() {
  const folder = join(dirname(createRequire(import.meta.url).resolve('lucide-static/package.json')), 'icons');
  const symbols = await Promise.all(iconNames.map((name) => symbol(folder, name)));
  return `<svg xmlns="http://www.w3.org/2000/svg" width="0" height="0" aria-hidden="true" class="sprite">${symbols.join('')}</svg>`;
}

/**
 * @param {string} folder
 * @param {string} name
 */
async function symbol(folder, name) {
  const svg = await readFile(join(folder, `${name}.svg`), 'utf8');
  const shapes = /<svg[^>]*>([\s\S]*)<\/svg>/.exec(svg)?.[1];
  if (shapes === undefined) throw new Error(`icon ${name} has no <svg> element: check the lucide-static version`);
  return `<symbol id="i-${name}" viewBox="0 0 24 24">${shapes.replace(/\s*\n\s*/g, '').replaceAll(' />', '/>')}</symbol>`;
}
