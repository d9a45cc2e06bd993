import type { HostSetting } from '../config/setting-validators.js';

/** A host that the operator named, and where on it requests may go. */
export interface Destination {
  /** As `URL` writes it. */
  readonly hostname: string;
  /** Any port that is not the scheme's own; undefined for that one. */
  readonly port?: number | undefined;
  /** Undefined for both. */
  readonly protocol?: string | undefined;
}

/** The whole of where this service may send requests: what the settings name, and nothing else. */
export class Destinations {
  private readonly allowed: readonly Destination[];

  /** @param urls single addresses that other settings name, each with its scheme and port */
  constructor(hosts: readonly HostSetting[], urls: readonly string[]) {
    const origins = urls.map((text) => {
      const { protocol, hostname, port } = new URL(text);
      return { protocol, hostname, port: port === '' ? undefined : Number(port) };
    });
    this.allowed = [...hosts, ...origins];
  }

  includes({ protocol, hostname, port }: URL): boolean {
    if (protocol !== 'http:' && protocol !== 'https:') return false;
    const own = protocol === 'http:' ? 80 : 443;
    const wanted = port === '' ? own : Number(port);
    return this.allowed.some(
      (each) =>
        each.hostname === hostname &&
        (each.port ?? own) === wanted &&
        (each.protocol === undefined || each.protocol === protocol),
    );
  }
}
