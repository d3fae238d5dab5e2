#!/usr/bin/env node
// The installed command. It gives the process its threads, which has to happen before the first of them is asked for:
// loading a module asks for one, loading this CommonJS file does not. Why so many: `agent/up/agent-threads.ts`.
const { stat } = require('node:fs');

const wanted = process.env.UV_THREADPOOL_SIZE;
process.env.UV_THREADPOOL_SIZE = wanted ?? '16';
// The first work starts them all; what the agent starts later inherits what the person had said.
stat('.', () => {});
if (wanted === undefined) delete process.env.UV_THREADPOOL_SIZE;

import('./fs-sync.mjs');
