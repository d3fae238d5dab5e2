// Holds DESIGN §8: imports point one way, and only the adapters of core know an SDK. Reads the import statements of every
// source file (Biome keeps them at the start of a line) and names each one that breaks a rule.
import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, relative } from 'node:path';

/** What a folder may import besides itself. `core types` is `import type` from core, and its plain values in core/model.
 *  @type {Record<string, readonly string[]>} */
const MAY_IMPORT = {
  core: [],
  components: ['core types'],
  app: ['components', 'core'],
  server: ['app', 'components', 'core'],
  agent: ['core'],
  public: ['components'],
  e2e: ['core'],
  bench: ['agent', 'app', 'components', 'core', 'server'],
  scripts: ['core'],
};

const SDK = /^(@nats-io\/|nats$|@aws-sdk\/|@smithy\/)/;
const ADAPTER = /^(nats|s3)-|\.(nats|s3)\.test\.tsx?$/;
/** Core runs on every node and in every test, so that what it stands on stays small. */
const CORE_PACKAGES = new Set(['zod', 'better-sqlite3', 'drizzle-orm', 'chokidar', 'ignore', 'mrmime', 'pino']);
const CORE_TEST_PACKAGES = new Set(['vitest', 'fast-check', 'esbuild']);

const STATIC = /^(?:import|export)\b(\s+type\b)?([^;'"]*?)\bfrom\s*['"]([^'"]+)['"]|^import\s*['"]([^'"]+)['"]/gm;
const DYNAMIC = /\bimport\(\s*['"]([^'"]+)['"]/g;

/**
 * @typedef {{ specifier: string, typeOnly: boolean, line: number }} Import
 * @param {string} source
 * @returns {Import[]}
 */
export function importsOf(source) {
  const found = [];
  for (const match of source.matchAll(STATIC)) {
    const [, typeKeyword, names = '', from, bare] = match;
    found.push({
      specifier: from ?? bare ?? '',
      typeOnly: Boolean(typeKeyword) || onlyTypes(names),
      line: lineAt(source, match.index),
    });
  }
  for (const match of source.matchAll(DYNAMIC)) {
    found.push({ specifier: match[1] ?? '', typeOnly: false, line: lineAt(source, match.index) });
  }
  return found;
}

/** `{ type A, type B }` brings no value in. @param {string} names */
function onlyTypes(names) {
  const inner = names.match(/^\s*\{([^}]*)\}\s*$/)?.[1];
  const parts = (inner ?? '').split(',').filter((part) => part.trim());
  return parts.length > 0 && parts.every((part) => /^\s*type\s/.test(part));
}

/** @param {string} source @param {number} index */
const lineAt = (source, index) => source.slice(0, index).split('\n').length;

/**
 * The rule that an import breaks, or undefined.
 * @param {string} file  path from the project's root
 * @param {Pick<Import, 'specifier' | 'typeOnly'>} imported
 */
export function brokenRule(file, { specifier, typeOnly }) {
  const folder = file.split('/')[0] ?? '';
  const allowed = MAY_IMPORT[folder];
  if (!allowed) return undefined;
  if (!specifier.startsWith('.')) return folder === 'core' ? brokenPackageRule(file, specifier) : undefined;

  const target = relative('.', join(dirname(file), specifier));
  const targetFolder = target.split('/')[0] ?? '';
  if (targetFolder === folder || !(targetFolder in MAY_IMPORT) || allowed.includes(targetFolder)) return undefined;
  if (targetFolder === 'core' && allowed.includes('core types')) {
    if (typeOnly || target.startsWith('core/model/')) return undefined;
    return `${folder} may import only types from core, and values from core/model`;
  }
  return `${folder} may not import ${targetFolder}`;
}

/** @param {string} file @param {string} specifier */
function brokenPackageRule(file, specifier) {
  if (specifier.startsWith('node:') || builtinModules.includes(specifier)) return undefined;
  const base = file.split('/').at(-1) ?? '';
  if (SDK.test(specifier)) {
    return ADAPTER.test(base) ? undefined : `only the nats-* and s3-* files of core may import ${specifier}`;
  }
  const name = specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
  if (CORE_PACKAGES.has(name)) return undefined;
  const forTests = /\.(test|contract|fakes)\.tsx?$/.test(base) || file.startsWith('core/testing/');
  if (forTests && CORE_TEST_PACKAGES.has(name)) return undefined;
  return `core may not import the package ${name}`;
}

/**
 * @param {string} root
 * @returns {string[]} one line for each import that breaks a rule
 */
export function checkImportDirections(root) {
  const lines = [];
  for (const folder of Object.keys(MAY_IMPORT)) {
    for (const file of sourcesUnder(root, folder)) {
      for (const imported of importsOf(readFileSync(join(root, file), 'utf8'))) {
        const rule = brokenRule(file, imported);
        if (rule) lines.push(`${file}:${imported.line} imports ${imported.specifier}: ${rule}`);
      }
    }
  }
  return lines;
}

/** @param {string} root @param {string} folder @returns {string[]} */
function sourcesUnder(root, folder) {
  try {
    return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(ts|tsx|mjs)$/.test(name))
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}
