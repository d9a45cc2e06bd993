/** Injection tokens of the connections, one a purpose. */
export const COMMANDS_CLIENT = Symbol('redis commands client');
export const SUBSCRIBER_CLIENT = Symbol('redis subscriber client');
