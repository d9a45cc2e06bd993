import * as apps from 'kubernetes-models/apps/v1';
import * as autoscaling from 'kubernetes-models/autoscaling/v2';
import * as networking from 'kubernetes-models/networking.k8s.io/v1';
import * as policy from 'kubernetes-models/policy/v1';
import * as core from 'kubernetes-models/v1';
import type { Loose } from './files.js';

/** A kind of resource; its instances check themselves against the schema of Kubernetes' API. */
type Kind = new (data: never) => object & { validate(): void };

const KINDS: Readonly<Record<string, Kind>> = {
  'apps/v1 Deployment': apps.Deployment,
  'autoscaling/v2 HorizontalPodAutoscaler': autoscaling.HorizontalPodAutoscaler,
  'networking.k8s.io/v1 NetworkPolicy': networking.NetworkPolicy,
  'policy/v1 PodDisruptionBudget': policy.PodDisruptionBudget,
  'v1 ConfigMap': core.ConfigMap,
  'v1 Namespace': core.Namespace,
  'v1 Secret': core.Secret,
  'v1 Service': core.Service,
  'v1 ServiceAccount': core.ServiceAccount,
};

/** What Kubernetes' API would say against a document: to its values, and to fields that it does not know. */
export function schemaProblems(document: Loose): string[] {
  const name = `${document.apiVersion} ${document.kind}`;
  const Kind = KINDS[name];
  if (Kind === undefined) return [`${name} is no kind that is known here`];
  const resource = new Kind(document as never);
  const watched = watch(resource);
  try {
    // The check is that of the class, but it looks at what tells which fields it looks at.
    resource.validate.call(watched.value);
  } catch (error) {
    return [`${name}: ${error instanceof Error ? error.message : String(error)}`];
  }
  return watched.unread().map((path) => `${name}: there is no field ${path}`);
}

/**
 * The schemas let fields pass that they do not name: the validators read those alone that they know, so that what was
 * never read is unknown. A free map, such as labels, is read key by key.
 */
function watch(root: object): { value: object; unread: () => string[] } {
  const seen = new Map<object, { proxy: object; read: Set<string> }>();
  const watched = (target: object): object => {
    const standing = seen.get(target);
    if (standing !== undefined) return standing.proxy;
    const read = new Set<string>();
    const proxy = new Proxy(target, {
      get(from, key, receiver) {
        if (typeof key === 'string') read.add(key);
        const value: unknown = Reflect.get(from, key, receiver);
        return typeof value === 'object' && value !== null ? watched(value) : value;
      },
    });
    seen.set(target, { proxy, read });
    return proxy;
  };
  const unread = (target: object, path: string): string[] =>
    Object.entries(target).flatMap(([key, value]) => {
      const own = path === '' ? key : `${path}.${key}`;
      if (!Array.isArray(target) && !seen.get(target)?.read.has(key)) return [own];
      return typeof value === 'object' && value !== null ? unread(value as object, own) : [];
    });
  return { value: watched(root), unread: () => unread(root, '') };
}
