import { bytesOf, imageName, isSecret, type Loose, type Looser, unknownSettings } from './files.js';

const BUILT = new Set(['api-1', 'api-2', 'worker']);
/** What this project's file may say; a word that is none of Compose's is one that it ignores or refuses. */
const TOP_LEVEL = new Set(['name', 'services', 'networks', 'volumes', 'configs', 'secrets']);
const OF_A_SERVICE = new Set(
  (
    'image build restart depends_on env_file environment secrets configs networks read_only cap_drop security_opt ' +
    'stop_grace_period ulimits deploy logging ports user command volumes healthcheck'
  ).split(' '),
);

/** What is wrong with a Compose file. `files` tells whether a file beside it is there, or is made by the script. */
export function problemsOf(compose: Loose, isThere: (file: string) => boolean): string[] {
  return [...problems(compose, isThere)];
}

function* problems(compose: Loose, isThere: (file: string) => boolean): Generator<string> {
  const services = Object.entries(compose.services as Record<string, Loose>);
  for (const word of Object.keys(compose)) {
    if (!TOP_LEVEL.has(word) && !word.startsWith('x-')) yield `${word} is no word of Compose`;
  }
  for (const kind of ['secrets', 'configs'] as const) {
    for (const [name, { file }] of Object.entries(compose[kind] as Record<string, Looser>)) {
      if (!isThere(String(file))) yield `${kind} ${name}: there is no ${file}`;
    }
  }
  for (const [name, service] of services) {
    yield* problemsOfAny(name, service, compose);
    if (BUILT.has(name)) yield* problemsOfOurs(name, service, isThere);
  }
  for (const name of BUILT) if (!(name in compose.services)) yield `there is no ${name}`;
  const { redis } = compose.services as Record<string, Loose>;
  const reachable = (redis?.networks as string[]).filter((network) => !compose.networks[network]?.internal);
  if (reachable.length > 0) yield `redis is in ${reachable.join()}, which is not internal`;
  if (redis?.ports !== undefined) yield 'redis is published';
  if (!(redis?.volumes as string[]).some((volume) => volume.endsWith(':/data'))) yield 'redis keeps nothing';
}

function* problemsOfAny(name: string, service: Loose, compose: Loose): Generator<string> {
  for (const word of Object.keys(service)) {
    if (!OF_A_SERVICE.has(word)) yield `${name}: ${word} is no word of Compose, or none that was thought of`;
  }
  if (service.read_only !== true) yield `${name}: its root file system is not read-only`;
  if (!(service.cap_drop as string[] | undefined)?.includes('ALL')) yield `${name}: capabilities are left`;
  if (service.cap_add !== undefined) yield `${name}: capabilities are added`;
  if (!(service.security_opt as string[] | undefined)?.includes('no-new-privileges:true')) {
    yield `${name}: new privileges are possible`;
  }
  if (service.privileged !== undefined) yield `${name}: is privileged`;
  if (/^(?:0|root)?(?::|$)/.test(String(service.user ?? (BUILT.has(name) ? 'image' : ''))))
    yield `${name}: runs as root`;
  if (!/:[\w.-]*\d[\w.-]*$/.test(String(service.image))) yield `${name}: ${service.image} has no version`;
  const { cpus, memory, pids } = service.deploy?.resources?.limits ?? {};
  if (!(Number(cpus) > 0 && bytesOf(String(memory)) > 0 && Number(pids) > 0)) yield `${name}: has no limits`;
  for (const port of (service.ports ?? []) as string[]) {
    if (!port.startsWith('127.0.0.1:')) yield `${name}: ${port} is published to the network`;
  }
  const named = (one: Looser): string => (typeof one === 'string' ? one : String(one.source));
  for (const kind of ['secrets', 'configs'] as const) {
    for (const one of (service[kind] ?? []) as Looser[]) {
      if (!(named(one) in compose[kind])) yield `${name}: there is no ${named(one)} in ${kind}`;
    }
  }
  for (const network of service.networks as string[]) {
    if (!(network in compose.networks)) yield `${name}: there is no network ${network}`;
  }
  for (const volume of (service.volumes ?? []) as string[]) {
    if (!(String(volume.split(':')[0]) in compose.volumes)) yield `${name}: there is no volume ${volume}`;
  }
  for (const [other, { condition }] of Object.entries((service.depends_on ?? {}) as Record<string, Looser>)) {
    if (compose.services[other]?.healthcheck === undefined || condition !== 'service_healthy') {
      yield `${name}: does not wait until ${other} is healthy`;
    }
  }
}

function* problemsOfOurs(
  name: string,
  service: Loose,
  isThere: (file: string) => boolean,
): Generator<string> {
  const environment = service.environment as Record<string, string>;
  for (const unknown of unknownSettings(Object.keys(environment))) yield `${name}: ${unknown} is no setting`;
  for (const setting of Object.keys(environment))
    if (isSecret(setting)) yield `${name}: ${setting} stands in the file`;
  for (const [setting, value] of Object.entries(environment)) {
    const [, secret] = /^\/run\/secrets\/(.*)$/.exec(String(value)) ?? [];
    if (secret !== undefined && !(service.secrets as string[]).includes(secret)) {
      yield `${name}: ${setting} names ${secret}, which is not mounted`;
    }
  }
  for (const file of service.env_file as string[]) if (!isThere(file)) yield `${name}: there is no ${file}`;
  if (service.image !== imageName()) yield `${name}: the image is not ${imageName()}`;
  if (environment.ROLE !== name.replace(/-\d$/, '')) yield `${name}: has the role ${environment.ROLE}`;
  if (service.healthcheck !== undefined) yield `${name}: does not use the health check of the image`;
  const graceMs = Number(/^(\d+)s$/.exec(String(service.stop_grace_period))?.[1] ?? 10) * 1000;
  if (!(graceMs > Number(environment.SHUTDOWN_GRACE_MS)))
    yield `${name}: is killed within its grace of ${graceMs} ms`;
  const bodies = Number(environment.BODY_MEMORY_BYTES);
  if (!(bodies <= bytesOf(String(service.deploy?.resources?.limits?.memory)) / 4))
    yield `${name}: bodies may fill its memory`;
}
