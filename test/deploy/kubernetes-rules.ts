import { parse } from 'yaml';
import {
  bytesOf,
  DEFAULT_GRACE_MS,
  imageName,
  isSecret,
  type Loose,
  type Looser,
  read,
  unknownSettings,
} from './files.js';
import { schemaProblems } from './kubernetes-schemas.js';

const openApi = JSON.parse(read('docs/openapi.json')) as { paths: Record<string, { get?: unknown }> };

/** The labels that compose a selector, as text that can be compared. */
const text = (labels: Looser): string => JSON.stringify(Object.entries((labels ?? {}) as object).sort());
const includes = (labels: Looser, wanted: Looser): boolean =>
  Object.entries((wanted ?? {}) as object).every(([key, value]) => (labels ?? {})[key] === value);

/** What is wrong with a set of manifests that are applied together. */
export function problemsOf(documents: readonly Loose[]): string[] {
  const schema = documents.flatMap((document) => schemaProblems(document));
  return schema.length > 0
    ? schema
    : [...new Set(documents.flatMap((each) => [...problems(each, documents)]))];
}

function* problems(document: Loose, all: readonly Loose[]): Generator<string> {
  const { kind, metadata, spec } = document;
  const name = `${kind} ${metadata.name}`;
  const of = (other: string) => all.filter((each) => each.kind === other);
  const deployments = of('Deployment');
  const named = (other: string, wanted: Looser) => of(other).some((each) => each.metadata.name === wanted);
  const twins = all.filter((each) => each.kind === kind && each.metadata.name === metadata.name);
  if (twins.length > 1) yield `${name} is there ${twins.length} times`;
  if (kind !== 'Namespace' && !named('Namespace', metadata.namespace))
    yield `${name}: there is no namespace ${metadata.namespace}`;
  const podsOf = (labels: Looser) =>
    deployments.filter((each) => includes(each.spec.template.metadata.labels, labels));
  switch (kind) {
    case 'Namespace':
      if (metadata.labels['pod-security.kubernetes.io/enforce'] !== 'restricted')
        yield `${name} takes any pod`;
      break;
    case 'ServiceAccount':
      if (document.automountServiceAccountToken !== false) yield `${name}: its token is mounted`;
      break;
    case 'ConfigMap': {
      const names = Object.keys(document.data as object);
      for (const unknown of unknownSettings(names)) yield `${name}: ${unknown} is no setting`;
      for (const secret of names.filter(isSecret)) yield `${name}: ${secret} belongs into a Secret`;
      break;
    }
    case 'Service': {
      const pods = podsOf(spec.selector);
      if (pods.length !== 1) yield `${name} selects ${pods.length} deployments`;
      for (const { targetPort } of spec.ports as Looser[]) {
        for (const pod of pods)
          if (!portsOf(pod).includes(targetPort)) yield `${name}: there is no port ${targetPort}`;
      }
      break;
    }
    case 'HorizontalPodAutoscaler': {
      const target = deployments.find((each) => each.metadata.name === spec.scaleTargetRef.name);
      if (target === undefined || spec.scaleTargetRef.kind !== 'Deployment') yield `${name}: scales nothing`;
      if (target?.spec.replicas !== undefined) yield `${name}: each apply sets back the number of its pods`;
      if (!(spec.minReplicas >= 2 && spec.maxReplicas > spec.minReplicas)) yield `${name}: has no room`;
      break;
    }
    case 'PodDisruptionBudget':
      if (podsOf(spec.selector.matchLabels).length !== 1) yield `${name} selects no deployment, or several`;
      break;
    case 'NetworkPolicy': {
      const pods = podsOf(spec.podSelector.matchLabels);
      if (pods.length === 0) yield `${name} selects no pod`;
      for (const rule of (spec.ingress ?? []) as Looser[]) {
        if (rule.from === undefined || rule.ports === undefined)
          yield `${name} lets in anybody, or to any port`;
        for (const { port } of (rule.ports ?? []) as Looser[]) {
          for (const pod of pods) if (!portsOf(pod).includes(port)) yield `${name}: there is no port ${port}`;
        }
      }
      for (const rule of (spec.egress ?? []) as Looser[]) {
        if (rule.to === undefined || rule.ports === undefined)
          yield `${name} lets out to anywhere, or to any port`;
      }
      break;
    }
    case 'Deployment':
      yield* problemsOfDeployment(name, document, all);
  }
}

const portsOf = (deployment: Loose): unknown[] =>
  (deployment.spec.template.spec.containers as Looser[]).flatMap(({ ports }) =>
    (ports as { name: string }[]).map((port) => port.name),
  );

function* problemsOfDeployment(name: string, { spec }: Loose, all: readonly Loose[]): Generator<string> {
  const has = (kind: string, wanted: Looser) =>
    all.some((each) => each.kind === kind && each.metadata.name === wanted);
  const { metadata, spec: pod } = spec.template;
  const selector = spec.selector.matchLabels as Loose;
  if (!includes(metadata.labels, selector)) yield `${name}: its selector is not its pods'`;
  for (const constraint of pod.topologySpreadConstraints as Looser[]) {
    if (text(constraint.labelSelector.matchLabels) !== text(selector)) yield `${name}: spreads other pods`;
  }
  if (!has('ServiceAccount', pod.serviceAccountName))
    yield `${name}: there is no account ${pod.serviceAccountName}`;
  if (pod.automountServiceAccountToken !== false) yield `${name}: a token is mounted`;
  const { runAsNonRoot, runAsUser, seccompProfile } = pod.securityContext ?? {};
  if (runAsNonRoot !== true || !(runAsUser > 0)) yield `${name}: may run as root`;
  if (seccompProfile?.type !== 'RuntimeDefault') yield `${name}: has no seccomp profile`;
  for (const container of pod.containers as Loose[]) {
    yield* problemsOfContainer(name, container, all);
    const { data } = all.find((each) => each.kind === 'ConfigMap') ?? {};
    const graceMs = Number(data?.SHUTDOWN_GRACE_MS ?? DEFAULT_GRACE_MS);
    const pauseMs = Number(container.lifecycle?.preStop?.sleep?.seconds ?? 0) * 1000;
    if (!(pod.terminationGracePeriodSeconds * 1000 > graceMs + pauseMs))
      yield `${name}: is killed within its grace`;
    const volumes = new Set((pod.volumes as { name: string }[]).map((volume) => volume.name));
    for (const mount of container.volumeMounts as { name: string; mountPath: string }[]) {
      if (!volumes.has(mount.name)) yield `${name}: there is no volume ${mount.name}`;
    }
    const mounts = (container.volumeMounts as { mountPath: string }[]).map(
      ({ mountPath }) => `${mountPath}/`,
    );
    const files = Object.values((data ?? {}) as Record<string, string>).filter((value) =>
      value.startsWith('/'),
    );
    for (const file of files)
      if (!mounts.some((mount) => file.startsWith(mount))) yield `${name}: ${file} is not mounted`;
  }
}

function* problemsOfContainer(name: string, container: Loose, all: readonly Loose[]): Generator<string> {
  const has = (kind: string, wanted: Looser) =>
    all.some((each) => each.kind === kind && each.metadata.name === wanted);
  if (container.image !== imageName()) yield `${name}: the image is not ${imageName()}`;
  const { allowPrivilegeEscalation, readOnlyRootFilesystem, capabilities } = container.securityContext ?? {};
  if (allowPrivilegeEscalation !== false) yield `${name}: new privileges are possible`;
  if (readOnlyRootFilesystem !== true) yield `${name}: its root file system is not read-only`;
  if (text(capabilities?.drop) !== text(['ALL']) || capabilities?.add) yield `${name}: capabilities are left`;
  const { requests, limits } = container.resources ?? {};
  if (!requests?.cpu || !requests?.memory || !limits?.memory)
    yield `${name}: asks for nothing, or has no limit`;
  for (const { name: variable } of (container.env ?? []) as Looser[]) {
    for (const unknown of unknownSettings([String(variable)])) yield `${name}: ${unknown} is no setting`;
  }
  const from = (container.envFrom ?? []) as Looser[];
  for (const { configMapRef, secretRef } of from) {
    if (configMapRef && !has('ConfigMap', configMapRef.name))
      yield `${name}: there is no ConfigMap ${configMapRef.name}`;
    if (secretRef && !has('Secret', secretRef.name)) yield `${name}: there is no Secret ${secretRef.name}`;
  }
  for (const { data } of all.filter(({ kind }) => kind === 'ConfigMap')) {
    const bodies = Number(data.BODY_MEMORY_BYTES);
    if (!(bodies <= bytesOf(String(limits?.memory)) / 4)) yield `${name}: bodies may fill its memory`;
  }
  const ports = (container.ports as { name: string }[]).map((port) => port.name);
  for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
    const { path, port } = container[probe]?.httpGet ?? {};
    if (openApi.paths[path]?.get === undefined) yield `${name}: ${probe} asks for ${path}, which is no route`;
    if (!ports.includes(String(port))) yield `${name}: ${probe} asks the port ${port}, which there is not`;
  }
  if (container.livenessProbe?.httpGet?.path !== '/health/live')
    yield `${name}: is restarted when Redis is away`;
  if (container.readinessProbe?.httpGet?.path !== '/health/ready')
    yield `${name}: gets requests that it cannot answer`;
}

/** What is wrong with the list of files that kustomization.yaml applies. */
export function kustomizationProblems(yaml: string, files: readonly string[]): string[] {
  const { kind, resources, namespace, images } = parse(yaml) as Loose;
  const listed = resources as string[];
  const [name, tag] = imageName().split(':');
  return [
    ...(kind === 'Kustomization' ? [] : [`${kind} is no Kustomization`]),
    ...listed.filter((file) => !files.includes(file)).map((file) => `there is no ${file}`),
    ...files.filter((file) => !listed.includes(file)).map((file) => `${file} is not applied`),
    ...(namespace === 'fulcrum' ? [] : [`the namespace is ${namespace}`]),
    ...(images as Looser[])
      .filter((image) => image.name !== name || image.newTag !== tag)
      .map((image) => `the image ${image.name}:${image.newTag} is not ${imageName()}`),
  ];
}
