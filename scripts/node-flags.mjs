/**
 * What Node is started with; it can be set only here, because the heap stands before the first line of a program runs.
 *
 * A request allocates some tens of kilobytes, so collecting them is a large part of its cost. With V8's own settings some
 * processes were seen to cost up to half more CPU for the same load, from their start to their end; with these none was.
 * Why it is some was not looked into.
 *
 * The last flag lets the old part of the heap grow to twice of what was found alive, where V8 goes up to four times: with
 * 10,000 connections that is a tenth less memory or more, for a few hundredths of the CPU.
 */
export const NODE_FLAGS = ['--single-threaded-gc', '--min-semi-space-size=16', '--heap-growing-percent=100'];
