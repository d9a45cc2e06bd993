export type Headers = Readonly<Record<string, string>>;

const EVERYWHERE = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
} as const;

/** Only over TLS does this mean something; what else runs under the host's subdomains is not ours to decide. */
const HSTS = { 'strict-transport-security': 'max-age=31536000' } as const;

/** What a browser is told of an answer of the API: that it is data, to be neither run, framed nor kept. */
const API = {
  ...EVERYWHERE,
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store',
} as const;

/** The docs page loads its own scripts, styles and document, and has styles in its HTML. */
const DOCS = {
  ...EVERYWHERE,
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
} as const;

/**
 * The headers that tell browsers what not to do with an answer, by the URL of its request. They are put together once:
 * a plugin that does so for every request costs as much as the rest of a small one (docs/adr/0012-hardening.md).
 */
export function securityHeaders({ tls }: { readonly tls: boolean }): (url: string) => Headers {
  const api: Headers = tls ? { ...API, ...HSTS } : API;
  const docs: Headers = tls ? { ...DOCS, ...HSTS } : DOCS;
  return (url) => (/^\/docs(?:[/?]|$)/.test(url) ? docs : api);
}
