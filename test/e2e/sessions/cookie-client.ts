import { parseCookie, parseSetCookie, type SetCookie } from 'cookie';

/** What a page answered. */
export interface Page {
  readonly status: number;
  readonly text: string;
  /** The cookies that the answer sets. */
  readonly set: readonly SetCookie[];
}

/** A browser as far as it keeps cookies: sends those that it was given, and forgets those that are over. */
export class CookieClient {
  private readonly jar = new Map<string, string>();

  constructor(private readonly url: string) {}

  get(path: string): Promise<Page> {
    return this.ask(path);
  }

  /** Sends a form, and does not follow where the answer leads. */
  post(path: string, fields: Readonly<Record<string, string>> = {}): Promise<Page> {
    return this.ask(path, { method: 'POST', body: new URLSearchParams(fields) });
  }

  private async ask(path: string, init: RequestInit = {}): Promise<Page> {
    const cookie = [...this.jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers: Record<string, string> = cookie === '' ? {} : { cookie };
    const response = await fetch(new URL(path, this.url), { ...init, redirect: 'manual', headers });
    const set = response.headers.getSetCookie().map((text) => {
      const parsed = parseSetCookie(text);
      // As it was sent: what is signed has letters that are escaped.
      const [, raw = ''] = /^[^=]+=([^;]*)/.exec(text) ?? [];
      const isOver = parsed.expires !== undefined && parsed.expires.getTime() <= Date.now();
      if (isOver) this.jar.delete(parsed.name);
      else this.jar.set(parsed.name, raw);
      return parsed;
    });
    return { status: response.status, text: await response.text(), set };
  }

  /** The id of the session in a cookie as both frameworks sign it. */
  sid(name: string): string {
    const value = parseCookie(`x=${this.jar.get(name) ?? ''}`).x ?? '';
    return value.replace(/^s:/, '').split('.')[0] ?? '';
  }

  /** Another browser with the cookies that this one has now. */
  copy(url = this.url): CookieClient {
    const other = new CookieClient(url);
    for (const [name, value] of this.jar) other.jar.set(name, value);
    return other;
  }
}
