import { keyValueContract } from './key-value.contract.ts';
import { memoryKeyValue } from './memory-key-value.ts';

keyValueContract('in memory', async () => memoryKeyValue());
