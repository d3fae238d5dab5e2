// Which addresses a webhook may lead to, and which of its addresses are refused before anything is sent.
import { describe, expect, test } from 'vitest';
import { isPublicAddress } from './public-address.ts';
import { urlFault } from './webhook-url.ts';

describe('addresses', () => {
  test.each([
    '93.184.215.14',
    '8.8.8.8',
    '172.15.255.255',
    '172.32.0.0',
    '100.63.255.255',
    '100.128.0.1',
    '169.253.255.255',
    '2606:2800:21f:cb07:6820:80da:af6b:8b2c',
    '2a00:1450:4001:80b::200e',
  ])('%s is public', (address) => expect(isPublicAddress(address)).toBe(true));

  test.each([
    ['loopback', '127.0.0.1'],
    ['all of loopback', '127.255.255.254'],
    ['this machine', '0.0.0.0'],
    ['private, class A', '10.0.0.1'],
    ['private, class B', '172.16.0.1'],
    ['private, class B, its end', '172.31.255.255'],
    ['private, class C', '192.168.1.1'],
    ['behind a provider’s NAT', '100.64.0.1'],
    ['link-local', '169.254.1.1'],
    ['the metadata of clouds', '169.254.169.254'],
    ['the metadata of another cloud', '100.100.100.200'],
    ['documentation', '203.0.113.9'],
    ['benchmarks', '198.18.0.1'],
    ['multicast', '224.0.0.1'],
    ['reserved', '240.0.0.1'],
    ['broadcast', '255.255.255.255'],
    ['loopback of IPv6', '::1'],
    ['this machine of IPv6', '::'],
    ['an IPv4 address in IPv6, private', '::ffff:10.0.0.1'],
    ['an IPv4 address in IPv6, in hex', '::ffff:7f00:1'],
    ['an IPv4 address in IPv6, public', '::ffff:8.8.8.8'],
    ['IPv4-compatible', '::127.0.0.1'],
    ['NAT64', '64:ff9b::7f00:1'],
    ['6to4', '2002:7f00:1::'],
    ['Teredo', '2001:0:1::'],
    ['unique local', 'fd00::1'],
    ['metadata on unique local', 'fd00:ec2::254'],
    ['link-local of IPv6', 'fe80::1'],
    ['with a zone', 'fe80::1%eth0'],
    ['site-local', 'fec0::1'],
    ['multicast of IPv6', 'ff02::1'],
    ['documentation of IPv6', '2001:db8::1'],
    ['no address', 'localhost'],
    ['nothing', ''],
  ])('%s (%s) is not', (_, address) => expect(isPublicAddress(address)).toBe(false));
});

describe('the address of a webhook', () => {
  test.each([
    'https://hooks.example.net/files',
    'https://hooks.example.net:8443/files?key=a',
    'https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/x',
  ])('%s is taken', (url) => expect(urlFault(url, false)).toBeUndefined());

  test.each([
    ['no address', 'hooks.example.net', /is no address/],
    ['nothing', '', /is no address/],
    ['plain HTTP', 'http://hooks.example.net/', /https:/],
    ['another protocol', 'file:///etc/passwd', /https:/],
    ['a login', 'https://ada:secret@hooks.example.net/', /login/],
    ['a fragment', 'https://hooks.example.net/#a', /#/],
    ['an address as one number', 'https://2130706433/', /127\.0\.0\.1 is no public address/],
    ['an address in hex', 'https://0x7f.1/', /127\.0\.0\.1/],
    ['an address in octal', 'https://0177.0.0.1/', /127\.0\.0\.1/],
    ['a full-width address', 'https://１２７.0.0.1/', /127\.0\.0\.1/],
    ['metadata', 'https://169.254.169.254/latest/meta-data/', /169\.254\.169\.254/],
    ['an IPv4 address in IPv6', 'https://[::ffff:169.254.169.254]/', /::ffff:a9fe:a9fe/],
    ['too long', `https://hooks.example.net/${'a'.repeat(2_000)}`, /at most 2000/],
  ])('%s is refused, with what to give', (_, url, fault) => expect(urlFault(url, false)).toMatch(fault));

  test('where private ones are allowed, plain HTTP is too; a login never', () => {
    expect(urlFault('http://127.0.0.1:3000/hook', true)).toBeUndefined();
    expect(urlFault('https://10.0.0.1/hook', true)).toBeUndefined();
    expect(urlFault('ftp://10.0.0.1/hook', true)).toMatch(/https:/);
    expect(urlFault('http://ada:b@127.0.0.1/', true)).toMatch(/login/);
  });
});
