import { Presets, SingleBar } from 'cli-progress';

/** A progress bar on a terminal, a line at each tenth elsewhere; both on standard error. */
export function progress(what, total) {
  if (process.stderr.isTTY) {
    const bar = new SingleBar(
      { format: `${what} {bar} {percentage}%`, hideCursor: true },
      Presets.shades_classic,
    );
    bar.start(total, 0);
    return { to: (value) => bar.update(value), done: () => bar.stop() };
  }
  let shown = -1;
  return {
    to: (value) => {
      const tenth = Math.floor((10 * value) / total);
      if (tenth > shown) console.error(`${what}: ${10 * tenth} %`);
      shown = tenth;
    },
    done: () => undefined,
  };
}
