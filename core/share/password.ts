// The password of a share link, kept as scrypt makes it: slow to guess, different for each link.
import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import type { Share } from '../model/share.ts';

const SALT_BYTES = 16;
const HASH_BYTES = 32;
/** 16 MiB and some 50 ms a try. */
const COST: ScryptOptions = { N: 16_384, r: 8, p: 1 };

type Kept = NonNullable<Share['password']>;

export async function keepPassword(password: string): Promise<Kept> {
  const salt = randomBytes(SALT_BYTES);
  return { salt: salt.toString('base64'), hash: (await derive(password, salt)).toString('base64') };
}

export async function passwordFits(kept: Kept, password: string): Promise<boolean> {
  const hash = Buffer.from(kept.hash, 'base64');
  const given = await derive(password, Buffer.from(kept.salt, 'base64'));
  return hash.length === given.length && timingSafeEqual(hash, given);
}

function derive(password: string, salt: Buffer): Promise<Buffer> {
  // The same letters are typed in more than one way of Unicode.
  const text = password.normalize('NFKC');
  return new Promise((resolve, reject) => {
    scrypt(text, salt, HASH_BYTES, COST, (error, key) => (error ? reject(error) : resolve(key)));
  });
}
