const CHARSET = /;\s*charset\s*=\s*("[^"]*"|[^\s;]*)/gi;

/** Whether a body of this Content-Type may be read as UTF-8: JSON is, unless the type says another charset. */
export function isUtf8Type(contentType: string | undefined): boolean {
  if (contentType === undefined || !contentType.includes(';')) return true;
  return [...contentType.matchAll(CHARSET)].every(([, charset = '']) => /^(utf-?8|"utf-?8")$/i.test(charset));
}
