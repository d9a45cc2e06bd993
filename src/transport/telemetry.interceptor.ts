import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { catchError, type Observable, tap } from 'rxjs';
import { callerOf } from '../access/call-source.js';
import { endpointOf } from '../access/endpoint.js';
import { requestSeconds } from '../telemetry/metrics.js';
import { asAppError } from './problem/as-app-error.js';

/**
 * The error boundary of every route and pattern, and its latency: what no one expected leaves here as
 * `ProductionServiceError` with its cause.
 */
@Injectable()
export class TelemetryInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const endpoint = endpointOf(context.getHandler());
    const operation = typeof endpoint === 'object' ? endpoint.name : context.getHandler().name;
    const transport = context.getType() === 'http' ? 'http' : 'message';
    const started = performance.now();
    const measure = (outcome: string) => {
      requestSeconds.seriesOf(operation, transport, outcome).observe((performance.now() - started) / 1000);
    };
    return next.handle().pipe(
      tap({ complete: () => measure('success') }),
      catchError((thrown: unknown) => {
        const error = asAppError(thrown, operation, requestIdOf(context));
        measure(error.code);
        throw error;
      }),
    );
  }
}

function requestIdOf(context: ExecutionContext): string {
  return callerOf(context.getArgByIndex<object>(0))?.requestId ?? 'none';
}
