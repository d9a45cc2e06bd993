/** Most bytes of a request's body, and of a message's packet. */
export const MAX_BODY_BYTES = 1_048_576;
