import type { Cluster, Redis } from 'ioredis';

/**
 * While a slot moves, ioredis sends ASKING ahead of a command that another node has to answer, and does not look at what becomes
 * of that: a refusal, or a connection that breaks just then, would end this process. The command behind it fails as well, and
 * whoever sent it is told.
 */
export function hearAskings(cluster: Cluster): void {
  cluster.on('+node', (node: Redis) => {
    const ask = node.asking.bind(node);
    node.asking = () => {
      const asked = ask();
      asked.catch(() => undefined);
      return asked;
    };
  });
}
