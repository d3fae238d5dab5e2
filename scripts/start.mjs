// `npm start`: a fresh machine to a running system. Sets up, builds, and becomes `fs-sync up` in this same process, so
// that Ctrl-C and the exit code are the program's own. `package.json` has its shell become this process too: npm passes
// on what ends it to its own child only, and a shell in between would die of that and leave the fleet running.
import './node-version.mjs';
import { runMain, SetupError } from './run-command.mjs';
import { setup } from './setup.mjs';

const args = process.argv.slice(2);

runMain(async () => {
  await setup(['packages']);
  if (!process.env.NATS_URL) await setup(['nats']);
  if (args.includes('--s3')) {
    if (process.env.S3_BUCKET)
      throw new SetupError('--s3 brings its own S3 server, and S3_BUCKET names one: give only one of them.');
    await setup(['s3']);
  }
  process.argv.splice(2, args.length, 'up', ...args);
  await import('./fs-sync.mjs');
});
