import type { ServiceProcess } from '../../support/service-process.js';

export type Line = Record<string, unknown>;

/** What a service has logged so far, in whole lines. */
export function linesIn(service: Pick<ServiceProcess, 'stdout'>): Line[] {
  const text = service.stdout();
  const whole = text.slice(0, text.lastIndexOf('\n'));
  return whole.split('\n').map((line) => JSON.parse(line) as Line);
}
