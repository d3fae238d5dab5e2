// The environment that gives an agent its threads. Most of what they do is wait for the disk to sync, so that there are
// more of them than processors: with Node's own four an agent takes half as many small files a second (measured).
// `scripts/fs-sync.cjs` says the same to an agent that a person starts.

export const AGENT_THREADS = { UV_THREADPOOL_SIZE: '16' } as const;
