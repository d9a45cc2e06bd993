/** Exit code of a check that could not be made because somebody else's server did not answer (EX_TEMPFAIL). */
export const NOT_ANSWERED = 75;
