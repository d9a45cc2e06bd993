import { describe, expect, it } from 'vitest';
import { isSchedule, nextReset } from './leaderboards.schedule.js';

/** The first `count` resets after `after`. */
function resets(cron: string, timeZone: string, after: string, count: number): string[] {
  const found: string[] = [];
  let at = Date.parse(after);
  for (let time = 0; time < count; time++) {
    at = nextReset({ cron, timeZone }, at) ?? Number.NaN;
    found.push(new Date(at).toISOString().replace(':00.000Z', 'Z'));
  }
  return found;
}

describe('nextReset', () => {
  it('is strictly after the instant that is asked for', () => {
    expect(resets('0 0 * * *', 'UTC', '2026-01-01T00:00:00.000Z', 2)).toEqual([
      '2026-01-02T00:00Z',
      '2026-01-03T00:00Z',
    ]);
    expect(resets('0 0 * * *', 'UTC', '2025-12-31T23:59:59.999Z', 1)).toEqual(['2026-01-01T00:00Z']);
  });

  it('follows the wall clock of the time zone when it changes', () => {
    expect(resets('0 0 * * *', 'Europe/Berlin', '2026-03-28T12:00:00Z', 3)).toEqual([
      '2026-03-28T23:00Z',
      '2026-03-29T22:00Z',
      '2026-03-30T22:00Z',
    ]);
    expect(resets('0 0 * * *', 'Europe/Berlin', '2026-10-24T12:00:00Z', 3)).toEqual([
      '2026-10-24T22:00Z',
      '2026-10-25T23:00Z',
      '2026-10-26T23:00Z',
    ]);
    expect(resets('0 9 * * 1', 'America/New_York', '2026-03-02T15:00:00Z', 2)).toEqual([
      '2026-03-09T13:00Z',
      '2026-03-16T13:00Z',
    ]);
  });

  it('comes once on the day that skips its hour: when that hour would have begun to be over', () => {
    expect(resets('30 2 * * *', 'Europe/Berlin', '2026-03-28T12:00:00Z', 2)).toEqual([
      '2026-03-29T01:00Z',
      '2026-03-30T00:30Z',
    ]);
  });

  it('comes once on the day that has its hour twice, at the first', () => {
    expect(resets('30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00:00Z', 2)).toEqual([
      '2026-10-25T00:30Z',
      '2026-10-26T01:30Z',
    ]);
    expect(resets('30 1 * * *', 'America/New_York', '2026-10-31T12:00:00Z', 2)).toEqual([
      '2026-11-01T05:30Z',
      '2026-11-02T06:30Z',
    ]);
  });

  it('comes every hour of such a day if every hour is asked for', () => {
    expect(resets('0 * * * *', 'Europe/Berlin', '2026-10-24T23:30:00Z', 4)).toEqual([
      '2026-10-25T00:00Z',
      '2026-10-25T01:00Z',
      '2026-10-25T02:00Z',
      '2026-10-25T03:00Z',
    ]);
    expect(resets('0 * * * *', 'Europe/Berlin', '2026-03-29T00:30:00Z', 2)).toEqual([
      '2026-03-29T01:00Z',
      '2026-03-29T02:00Z',
    ]);
  });

  it('knows zones that are no whole hours away, and leap years', () => {
    expect(resets('0 0 * * 0', 'Asia/Kathmandu', '2026-03-01T00:00:00Z', 1)).toEqual(['2026-03-07T18:15Z']);
    expect(resets('0 0 29 2 *', 'UTC', '2026-03-01T00:00:00Z', 2)).toEqual([
      '2028-02-29T00:00Z',
      '2032-02-29T00:00Z',
    ]);
  });
});

describe('isSchedule', () => {
  it.each([
    [{ cron: '0 0 * * *' }],
    [{ cron: '*/5 8-18 * * 1-5', timeZone: 'Europe/Berlin' }],
    [{ cron: '  0  0 * * * ' }],
    [{ cron: '0 0 1 JAN,JUL *', timeZone: 'UTC' }],
    [{ cron: '*/2 0 0 * * *' }],
  ])('takes %j', (schedule) => expect(isSchedule(schedule)).toBe(true));

  it.each([
    [null],
    [undefined],
    ['0 0 * * *'],
    [[]],
    [{}],
    [{ cron: '' }],
    [{ cron: '0 0 * *' }],
    [{ cron: '0 0 0 0 * * *' }],
    [{ cron: '@daily' }],
    [{ cron: '60 0 * * *' }],
    [{ cron: '0 24 * * *' }],
    [{ cron: 'a b c d e' }],
    [{ cron: '0 0 31 2 *' }],
    [{ cron: 5 }],
    [{ cron: `${'0,'.repeat(64)}0 0 * * *` }],
    [{ cron: '0 0 * * *', timeZone: 'Mars/Olympus' }],
    [{ cron: '0 0 * * *', timeZone: '' }],
    [{ cron: '0 0 * * *', timeZone: null }],
    [{ cron: '0 0 * * *', zone: 'UTC' }],
  ])('refuses %j', (schedule) => expect(isSchedule(schedule)).toBe(false));
});
