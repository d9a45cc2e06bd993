import ipaddr from 'ipaddr.js';

/** What has been assigned for use in the whole Internet; the rest of IPv6 embeds something or is reserved. */
const GLOBAL_IPV6 = ipaddr.IPv6.parseCIDR('2000::/3');

/**
 * Whether an address belongs to the public Internet. Not so are those of this machine, of private and link-local
 * networks (where clouds keep their metadata), those that have no single owner, and IPv6 addresses that hide an
 * IPv4 address, save one mapped by `::ffff:`, which is judged by what it hides.
 */
export function isPublicAddress(text: string): boolean {
  const address = parsed(text);
  if (address?.range() !== 'unicast') return false;
  return address instanceof ipaddr.IPv4 || address.match(GLOBAL_IPV6);
}

/** Whether an address is one of this machine's own. */
export function isLoopback(text: string): boolean {
  return parsed(text)?.range() === 'loopback';
}

function parsed(text: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  if (!ipaddr.isValid(text)) return undefined;
  const address = ipaddr.parse(text);
  const isMapped = address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress();
  return isMapped ? address.toIPv4Address() : address;
}
