import { AppError } from '../../errors/app-error.js';
import { defineErrors } from '../../errors/define-errors.js';

const definitions = defineErrors('leaderboards', {
  'board-not-found': ['not-found', 'There is no such leaderboard'],
  'member-not-found': ['not-found', 'The member has no entry on the leaderboard'],
  'season-not-found': ['not-found', 'The leaderboard has no such season'],
  immutable: ['conflict', 'The setting cannot change while the leaderboard has entries'],
  'score-overflow': ['conflict', 'The score would leave the range of exact integers'],
  'no-dense-ranks': ['invalid', 'The leaderboard keeps no dense ranks'],
  'season-changing': ['unavailable', 'The season of the leaderboard is changing'],
});

export const boardNotFound = (board: string) =>
  new AppError(definitions['board-not-found'], `There is no leaderboard ${board}.`);

export const memberNotFound = () => new AppError(definitions['member-not-found'], 'The member has no entry.');

export const seasonNotFound = (season: string) =>
  new AppError(definitions['season-not-found'], `There is no closed season ${season}.`);

export const immutable = (field: string) =>
  new AppError(definitions.immutable, `${field} cannot change while the leaderboard has entries.`, {
    errors: [{ pointer: `/${field}`, detail: 'cannot change while the leaderboard has entries' }],
  });

export const scoreOverflow = () =>
  new AppError(
    definitions['score-overflow'],
    'The sum would leave the range from -2^53 to 2^53; nothing changed.',
  );

export const noDenseRanks = () =>
  new AppError(definitions['no-dense-ranks'], 'Configure the leaderboard with denseRanks first.', {
    errors: [{ pointer: '/ranking', detail: 'dense needs a leaderboard with denseRanks' }],
  });

export const seasonChanging = () =>
  new AppError(definitions['season-changing'], 'The season is changing; the request had no effect.', {
    retryable: true,
  });
