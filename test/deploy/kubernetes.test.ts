import { describe, expect, it } from 'vitest';
import { InvalidSettingsError, loadSettings } from '../../src/config/load-settings.js';
import { documentsOf, type Loose, read, yamlFilesOf } from './files.js';
import { kustomizationProblems, problemsOf } from './kubernetes-rules.js';
import { schemaProblems } from './kubernetes-schemas.js';
import { finalStage, last, environmentOf } from './dockerfile.js';

const FOLDER = 'deploy/kubernetes';
const KUSTOMIZATION = `${FOLDER}/kustomization.yaml`;
const applied = yamlFilesOf(FOLDER).filter((file) => file !== KUSTOMIZATION);
const examples = yamlFilesOf(`${FOLDER}/examples`);
const SEPARATOR = '\n---\n';
const manifests = [...applied, ...examples].map(read).join(SEPARATOR);

const of = (text: string, kind: string, name: string): Loose | undefined =>
  documentsOf(text).find((each) => each.kind === kind && each.metadata.name === name);

describe('the manifests', () => {
  it('are documents of the API of Kubernetes, and fit each other', () => {
    const documents = documentsOf(manifests);
    expect(documents.length).toBeGreaterThan(12);
    expect(problemsOf(documents)).toEqual([]);
  });

  it.each([
    [
      'a field that there is not',
      'terminationGracePeriodSeconds: 30',
      'terminationGracePeriod: 30',
      'no field spec.template.spec.terminationGracePeriod',
    ],
    [
      'one deep in a list',
      'allowPrivilegeEscalation',
      'allowPrivilegesEscalation',
      'no field spec.template.spec.containers.0.securityContext.allowPriv',
    ],
    [
      'one at the top',
      '\nautomountServiceAccountToken:',
      '\nautomountToken:',
      'there is no field automountToken',
    ],
    ['a number that is a word', 'minReplicas: 2', 'minReplicas: two', 'HorizontalPodAutoscaler'],
    [
      'a field that is missing',
      '    matchLabels:\n      app.kubernetes.io/name: fulcrum\n      app.kubernetes.io/component: api\n  strategy',
      '  strategy',
      'Deployment',
    ],
    ['a kind that there is not', 'kind: Deployment', 'kind: Deploy', 'apps/v1 Deploy is no kind'],
    [
      'an old version of the API',
      'autoscaling/v2',
      'autoscaling/v2beta2',
      'autoscaling/v2beta2 HorizontalPodAutoscaler is no kind',
    ],
    ['a setting that there is not', 'TRUSTED_PROXIES:', 'TRUST_PROXIES:', 'TRUST_PROXIES is no setting'],
    ['another in the container', '- name: ROLE', '- name: ROLES_OF', 'ROLES_OF is no setting'],
    [
      'a secret that everybody reads',
      'LOG_LEVEL: info',
      'SESSION_KEYS: a',
      'SESSION_KEYS belongs into a Secret',
    ],
    [
      'a selector that fits nothing',
      'selector:\n    app.kubernetes.io/name: fulcrum\n',
      'selector:\n    app.kubernetes.io/name: fulcrun\n',
      'Service fulcrum selects 0',
    ],
    [
      'a service for workers, too',
      '    app.kubernetes.io/component: api\n  ports:',
      '  ports:',
      'Service fulcrum selects 2',
    ],
    ['a port that there is not', 'targetPort: http', 'targetPort: https', 'there is no port https'],
    [
      'a probe of another port',
      'path: /health/live\n              port: http',
      'path: /health/live\n              port: metrics',
      'asks the port metrics',
    ],
    ['a probe of another route', 'path: /health/live', 'path: /healthz', '/healthz, which is no route'],
    [
      'restarts while Redis is away',
      'livenessProbe:\n            httpGet:\n              path: /health/live',
      'livenessProbe:\n            httpGet:\n              path: /health/ready',
      'is restarted when Redis is away',
    ],
    [
      'a scaler of nothing',
      'kind: Deployment\n    name: fulcrum-api',
      'kind: Deployment\n    name: fulcrum',
      'scales nothing',
    ],
    [
      'a number beside the scaler',
      "  # How many is the HorizontalPodAutoscaler's.",
      '  replicas: 2',
      'sets back the number',
    ],
    [
      'a stop that is cut off',
      'terminationGracePeriodSeconds: 30',
      'terminationGracePeriodSeconds: 15',
      'is killed within its grace',
    ],
    ['root', 'runAsNonRoot: true', 'runAsNonRoot: false', 'may run as root'],
    [
      'a root file system to write to',
      'readOnlyRootFilesystem: true',
      'readOnlyRootFilesystem: false',
      'is not read-only',
    ],
    ['capabilities', 'drop: [ALL]', 'drop: [NET_RAW]', 'capabilities are left'],
    ['no seccomp profile', 'type: RuntimeDefault', 'type: Unconfined', 'has no seccomp profile'],
    ['no limit', 'limits:\n              memory: 512Mi', 'limits: {}', 'has no limit'],
    [
      'bodies that fill the memory',
      "BODY_MEMORY_BYTES: '67108864'",
      "BODY_MEMORY_BYTES: '268435456'",
      'bodies may fill its memory',
    ],
    [
      'a volume that there is not',
      '- name: redis-tls\n          secret',
      '- name: tls\n          secret',
      'there is no volume redis-tls',
    ],
    [
      'a file that is not mounted',
      'mountPath: /etc/fulcrum/redis',
      'mountPath: /etc/fulcrum/tls',
      'is not mounted',
    ],
    [
      'a ConfigMap by another name',
      'configMapRef:\n                name: fulcrum',
      'configMapRef:\n                name: settings',
      'there is no ConfigMap settings',
    ],
    [
      'an account by another name',
      'serviceAccountName: fulcrum',
      'serviceAccountName: default',
      'there is no account default',
    ],
    ['another namespace', 'namespace: fulcrum', 'namespace: default', 'there is no namespace default'],
    [
      'a door for everybody',
      '    - from:\n        - namespaceSelector:\n            matchLabels:\n              kubernetes.io/metadata.name: ingress\n      ports',
      '    - ports',
      'lets in anybody',
    ],
    ['another image', 'image: fulcrum:0.1.0', 'image: fulcrum:latest', 'the image is not'],
  ])('are refused with %s', (_what, from, to, problem) => {
    const broken = manifests.replace(from, to);
    expect(broken).not.toBe(manifests);
    expect(problemsOf(documentsOf(broken)).join('\n')).toContain(problem);
  });

  it('fit the image: its user, its port', () => {
    const image = finalStage(read('deploy/Dockerfile'));
    for (const name of ['fulcrum-api', 'fulcrum-worker']) {
      const pod = of(manifests, 'Deployment', name)?.spec.template.spec;
      const { runAsUser, runAsGroup } = pod.securityContext;
      expect(`${runAsUser}:${runAsGroup}`).toBe(last(image, 'USER').text);
      expect(pod.containers[0].ports).toEqual([
        { name: 'http', containerPort: Number(environmentOf(image).PORT) },
      ]);
    }
  });
});

describe('the template of the Secrets', () => {
  it('has what the service needs, and nothing that it takes', () => {
    const secret = of(manifests, 'Secret', 'fulcrum')?.stringData as Record<string, string>;
    expect(Object.keys(secret)).toEqual(['REDIS_URL', 'SESSION_KEYS', 'ADMIN_API_KEY']);
    try {
      loadSettings(secret);
      expect.unreachable('the placeholders are taken');
    } catch (error) {
      expect(error).toBeInstanceOf(InvalidSettingsError);
      expect((error as InvalidSettingsError).problems.map((problem) => problem.split(':')[0]).sort()).toEqual(
        Object.keys(secret).sort(),
      );
    }
  });

  it('has the files of the ConfigMap', () => {
    const files = Object.keys(of(manifests, 'Secret', 'fulcrum-redis-tls')?.stringData as object);
    const settings = of(manifests, 'ConfigMap', 'fulcrum')?.data as Record<string, string>;
    const named = Object.entries(settings).filter(([name]) => name.startsWith('REDIS_TLS_'));
    expect(named.map(([, path]) => path.replace('/etc/fulcrum/redis/', ''))).toEqual(files);
  });
});

describe('kustomization.yaml', () => {
  const names = applied.map((file) => file.replace(`${FOLDER}/`, ''));
  const kustomization = read(KUSTOMIZATION);

  it('applies every manifest, and no example', () => {
    expect(kustomizationProblems(kustomization, names)).toEqual([]);
  });

  it.each([
    ['a file that there is not', '- service.yaml', '- services.yaml', 'there is no services.yaml'],
    ['one left out', '  - service.yaml\n', '', 'service.yaml is not applied'],
    ['another version', 'newTag: 0.1.0', 'newTag: 0.0.9', 'fulcrum:0.0.9 is not fulcrum:'],
  ])('is refused with %s', (_what, from, to, problem) => {
    expect(kustomizationProblems(kustomization.replace(from, to), names).join('\n')).toContain(problem);
  });
});

describe('the check against the schemas', () => {
  it('knows a free map, and every field of a list', () => {
    const pod = (spec: Loose) => ({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'a', labels: { any: 'label' }, annotations: { any: 'annotation' } },
      spec: { selector: { matchLabels: { a: 'b' } }, template: { metadata: {}, spec } },
    });
    const containers = [{ name: 'a', ports: [{ containerPort: 1 }, { containerPort: 2, hostsPort: 1 }] }];
    expect(schemaProblems(pod({ containers: [{ name: 'a' }], nodeSelector: { any: 'node' } }))).toEqual([]);
    expect(schemaProblems(pod({ containers }))).toEqual([
      'apps/v1 Deployment: there is no field spec.template.spec.containers.0.ports.1.hostsPort',
    ]);
  });
});
