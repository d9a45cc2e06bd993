import { defineErrors } from '../errors/define-errors.js';

export const accessErrors = defineErrors('access', {
  'no-credential': ['unauthenticated', 'The request carries no credential'],
  'invalid-credential': ['unauthenticated', 'The credential is unknown, expired or revoked'],
  forbidden: ['forbidden', 'The credential lacks a permission'],
  'origin-not-allowed': ['forbidden', 'Pages of this origin may open no WebSocket'],
  'key-not-found': ['not-found', 'There is no such API key'],
  'unknown-role': ['invalid', 'There is no such role'],
});
