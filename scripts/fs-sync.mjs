#!/usr/bin/env node
// The `fs-sync` command: makes sure that what runs is built from the sources beside it, then becomes the program.
import './node-version.mjs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root, SetupError } from './run-command.mjs';

try {
  if (!hasPackages()) {
    throw new SetupError(`The npm packages are not installed: run "npm ci" (or "npm start") in ${root} once.`);
  }
  const { build } = await import('./build.mjs');
  await build();
} catch (error) {
  console.error(error instanceof SetupError ? error.message : error);
  process.exit(1);
}
process.setSourceMapsEnabled(true);
await import(pathToFileURL(join(root, 'dist/agent/fs-sync.js')).href);

/** They lie below this directory in a clone, and beside it where this is an installed package itself. */
function hasPackages() {
  try {
    createRequire(join(root, 'package.json')).resolve('esbuild');
    return true;
  } catch {
    return false;
  }
}
