import { type ArgumentMetadata, Injectable, type PipeTransform } from '@nestjs/common';
import { validated } from './validate.js';

const UNCHECKED = new Set<unknown>([undefined, Object, String, Number, Boolean, Array]);

/** The DTO class that a parameter is declared with, if it is one. */
export function dtoOf(metatype: unknown): (new () => object) | undefined {
  return UNCHECKED.has(metatype) ? undefined : (metatype as new () => object);
}

/** `validated`, of what may be left out: that is an empty object; a body that says null is not. */
export function checked<T extends object>(dto: new () => T, value: unknown, from?: 'query'): T {
  return validated(dto, value === undefined ? {} : value, from);
}

/** Checks every parameter of a message handler whose type is a DTO class; `RequestValidationGuard` does so for routes. */
@Injectable()
export class StrictValidationPipe implements PipeTransform {
  /** @throws AppError `request.invalid` */
  transform(value: unknown, { type, metatype }: ArgumentMetadata): unknown {
    const dto = type === 'custom' ? undefined : dtoOf(metatype);
    if (dto === undefined) return value;
    return checked(dto, value, type === 'query' ? type : undefined);
  }
}
