// The kinds of tests by what they need: `unit` no outside process, `nats` a real nats-server, `s3` a real S3 server.
// The file name says which kind it is, so that `npx vitest run --project unit` never starts a server.
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const notTests = ['**/node_modules/**', '**/dist/**', '**/.cache/**', '**/.data/**', 'e2e/**'];
const natsTests = '**/*.nats.test.{ts,tsx}';
const s3Tests = '**/*.s3.test.{ts,tsx}';

export default defineConfig({
  test: {
    // Never the tests' judgement on speed: only the point at which a test that hangs is given up.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // Tests with real servers wait more than they compute: two files more than there are cores run at a time.
    maxWorkers: availableParallelism() + 2,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['**/*.test.{ts,tsx}'],
          exclude: [...notTests, natsTests, s3Tests],
          // Files share their worker's modules: loading them anew for each file took half of the processor's time (measured).
          isolate: false,
        },
      },
      { extends: true, test: { name: 'nats', include: [natsTests], exclude: notTests } },
      {
        extends: true,
        test: { name: 's3', include: [s3Tests], exclude: notTests, globalSetup: './scripts/s3-test-server.ts' },
      },
    ],
  },
});
