import type { HostSetting } from '../config/setting-validators.js';

/** Where the operator lets requests of clients go: the hosts of OUTGOING_HOSTS, and nowhere else. */
export class Destinations {
  constructor(private readonly hosts: readonly HostSetting[]) {}

  includes({ protocol, hostname, port }: URL): boolean {
    if (protocol !== 'http:' && protocol !== 'https:') return false;
    const own = protocol === 'http:' ? 80 : 443;
    const wanted = port === '' ? own : Number(port);
    return this.hosts.some((each) => each.hostname === hostname && (each.port ?? own) === wanted);
  }
}
