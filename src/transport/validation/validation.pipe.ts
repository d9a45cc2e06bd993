import { type ArgumentMetadata, Injectable, type PipeTransform } from '@nestjs/common';
import { validated } from './validate.js';

const UNCHECKED = new Set<unknown>([undefined, Object, String, Number, Boolean, Array]);

/** Checks every parameter of a handler whose type is a DTO class. */
@Injectable()
export class StrictValidationPipe implements PipeTransform {
  /** @throws AppError `request.invalid` */
  transform(value: unknown, { type, metatype }: ArgumentMetadata): unknown {
    if (type === 'custom' || UNCHECKED.has(metatype)) return value;
    // What is left out is an empty object; a body that says null is not.
    return validated(
      metatype as new () => object,
      value === undefined ? {} : value,
      type === 'query' ? type : undefined,
    );
  }
}
