import { expect, test } from 'vitest';
import { fakeSha, parseProjectName } from '../model/ids.ts';
import { deletedKey } from '../model/index-keys.ts';
import { memoryKeyValue } from '../store/memory-key-value.ts';
import { newNameOf } from './new-name.ts';

const OLD = parseProjectName('old');

test.each(['{"of":"a later version"}', 'no JSON'])(
  'a deletion that cannot be read, %s, says nothing about a new name',
  async (record) => {
    const index = memoryKeyValue();
    await index.put(deletedKey(OLD, fakeSha('commit')), Buffer.from(record));
    expect(await newNameOf(index, OLD)).toBeUndefined();
  },
);
