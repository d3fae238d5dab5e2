// Which addresses are of the public internet. Everything else is a way into a network that its owner has not opened to who
// makes webhooks: loopback, private, link-local with the metadata services of clouds, and what wraps an IPv4 address into IPv6.
import { BlockList, isIP } from 'node:net';

/** The special-purpose blocks of IPv4 (RFC 6890 and its registry), multicast and what is reserved. */
const CLOSED_4: readonly (readonly [net: string, bits: number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];
/** Of IPv6 only 2000::/3 is given out for the public; of that not Teredo and its like, documentation, 6to4. */
const CLOSED_6: readonly (readonly [net: string, bits: number])[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

const closed4 = new BlockList();
for (const [net, bits] of CLOSED_4) closed4.addSubnet(net, bits, 'ipv4');
const open6 = new BlockList();
open6.addSubnet('2000::', 3, 'ipv6');
const closed6 = new BlockList();
for (const [net, bits] of CLOSED_6) closed6.addSubnet(net, bits, 'ipv6');

/** @param address  as a resolver or a URL gives it, without brackets; what is none is not public */
export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !closed4.check(address, 'ipv4');
    case 6:
      // One with a zone is of a link.
      return !address.includes('%') && open6.check(address, 'ipv6') && !closed6.check(address, 'ipv6');
    default:
      return false;
  }
}
