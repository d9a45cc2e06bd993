/**
 * What Node is started with; it can be set only here, because the heap stands before the first line of a program runs.
 *
 * A request allocates some tens of kilobytes, so collecting them is a large part of its cost. Left to itself, V8 gives
 * some processes a small young generation and collects it with threads that wait for each other on a busy machine: the
 * same load then costs such a process up to half more CPU, from its start to its end. There is a process a core here, so
 * threads that collect have no core of their own.
 */
export const NODE_FLAGS = ['--single-threaded-gc', '--min-semi-space-size=16'];
