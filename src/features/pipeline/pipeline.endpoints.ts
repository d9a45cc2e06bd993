import type { EndpointDefinition } from '../../access/endpoint.js';

export const pipelineEndpoints = {
  processPayload: { name: 'pipeline.payloads.process', permission: 'pipeline:write' },
  queue: { name: 'pipeline.payloads.queue', permission: 'pipeline:write' },
  payload: { name: 'pipeline.payloads.get', permission: 'pipeline:read' },
  get: { name: 'pipeline.processor.get', permission: 'pipeline:read' },
  configure: { name: 'pipeline.processor.configure', permission: 'pipeline:admin' },
} as const satisfies Record<string, EndpointDefinition>;
