/** What errors of others quote: a command's arguments (Redis), a document (JSON.parse), a URL's password (fetch). */
const QUOTATIONS: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  [/with args beginning with:.*/g, 'with args (hidden)'],
  // From the first quotation mark on: what is quoted may hold some itself.
  [/^([^"]*)"[^]*is not valid JSON/, '$1(hidden) is not valid JSON'],
  [/:\/\/[^\s/@]+@/g, '://(hidden)@'],
];

/** An error's message or stack as a person may read it: without the values that it quotes. */
export function withoutSecrets(text: string): string {
  return QUOTATIONS.reduce((shown, [pattern, replacement]) => shown.replace(pattern, replacement), text);
}
