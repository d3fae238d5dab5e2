// Signatures, as the reference library of Standard Webhooks verifies them.
import fc from 'fast-check';
import { Webhook as Verifier } from 'standardwebhooks';
import { expect, test } from 'vitest';
import { newSecret, secretsAt, sign } from '../../core/webhook/secret.ts';

test('what is signed is verified by the reference library, and not when anything of it is changed', () => {
  fc.assert(
    fc.property(fc.json(), fc.stringMatching(/^msg_[0-9a-f]{1,40}$/), (body, id) => {
      const secret = newSecret();
      const headers = { ...sign([secret], id, Date.now(), body) };
      expect(new Verifier(secret).verify(body, headers)).toEqual(JSON.parse(body));
      expect(() => new Verifier(secret).verify(`${body} `, headers)).toThrow();
      expect(() => new Verifier(secret).verify(body, { ...headers, 'webhook-id': `${id}0` })).toThrow();
      expect(() => new Verifier(newSecret()).verify(body, headers)).toThrow();
    }),
    { numRuns: 50 },
  );
});

test('a receiver refuses what was signed more than five minutes ago, so that nothing is played to it again', () => {
  const secret = newSecret();
  const verify = (at: number) => new Verifier(secret).verify('{}', { ...sign([secret], 'msg_1', at, '{}') });
  expect(verify(Date.now() - 4 * 60_000)).toEqual({});
  expect(() => verify(Date.now() - 6 * 60_000)).toThrow(/too old/);
});

test('with two secrets there are two signatures, and a receiver that knows either takes the message', () => {
  const [old, young, other] = [newSecret(), newSecret(), newSecret()];
  const headers = { ...sign([young, old], 'msg_1', Date.now(), '{"a":1}') };
  expect(headers['webhook-signature'].split(' ')).toHaveLength(2);
  for (const secret of [old, young]) expect(new Verifier(secret).verify('{"a":1}', headers)).toEqual({ a: 1 });
  expect(() => new Verifier(other).verify('{"a":1}', headers)).toThrow();
});

test('a secret has 256 random bits, and ends when it says', () => {
  expect(newSecret()).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  expect(newSecret()).not.toBe(newSecret());
  const at = Date.UTC(2026, 0, 1);
  const since = new Date(at).toISOString();
  const secrets = [
    { sealed: 'new', since },
    { sealed: 'old', since, until: new Date(at + 1_000).toISOString() },
  ];
  const valid = (now: number) => secretsAt({ secrets }, now).map(({ sealed }) => sealed);
  expect(valid(at + 999)).toEqual(['new', 'old']);
  expect(valid(at + 1_000)).toEqual(['new']);
});
