import { ARRAY_MAX_SIZE, IS_ARRAY, validateSync, type ValidationError } from 'class-validator';
import { AppError, type FieldError } from '../../errors/app-error.js';
import { requestErrors } from '../../errors/core.errors.js';
import { type CompiledRules, isRecord, rulesOf } from './compiled-rules.js';

type Constructor<T extends object> = new () => T;

/** How many bad fields a problem names; a body can have a hundred thousand. */
export const MAX_FIELD_ERRORS = 100;

const UNKNOWN_FIELD = 'is not a known field';
/** What is said of a list before anything else that is wrong with it. */
const FIRST_OF_ALL = [IS_ARRAY, ARRAY_MAX_SIZE];

/**
 * `value` as an instance of `type`, if it is valid by its class-validator decorators. Nothing is dropped and
 * nothing is converted: a field that `type` does not declare is an error, and so is `"5"` for 5, except
 * that a `query` has decimal digits for its whole numbers.
 * @throws AppError `request.invalid` with one entry a bad field, for the first hundred
 */
export function validated<T extends object>(type: Constructor<T>, value: unknown, from?: 'query'): T {
  if (!isRecord(value)) throw invalid([{ pointer: '', detail: 'must be an object' }]);
  const rules = rulesOf(type);
  const instance = instanceOf(type, rules);
  const unknown: FieldError[] = [];
  for (const field of Object.keys(value)) {
    if (!rules.fields.has(field)) unknown.push({ pointer: pointerTo('', field), detail: UNKNOWN_FIELD });
    else
      put(
        instance,
        field,
        from === 'query' ? fromQuery(rules, field, value[field]) : cut(rules, field, value[field]),
      );
  }
  if (unknown.length === 0 && rules.accepts(instance)) return instance;
  const errors = [...unknown, ...errorsIn(instance, rules)];
  // The compiled check leaves what it is not sure of to class-validator.
  if (errors.length > 0) throw invalid(errors);
  return instance;
}

/** A new instance, without its constructors where they give it nothing: what Nest intersects of classes makes each of them. */
function instanceOf<T extends object>(type: Constructor<T>, rules: CompiledRules): T {
  return rules.beginsEmpty ? (Object.create(type.prototype as object) as T) : new type();
}

function put(instance: object, field: string, value: unknown): void {
  if (isRecord(instance)) instance[field] = value;
}

/** What `check` gives. @throws what it throws, the pointers of bad fields beginning at `pointer` */
export function within<T>(pointer: string, check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof AppError) || error.details.errors === undefined) throw error;
    const errors = error.details.errors.map((each) => ({ ...each, pointer: `${pointer}${each.pointer}` }));
    if (error.definition === requestErrors.invalid) throw invalid(errors);
    throw new AppError(error.definition, error.detail, { ...error.details, errors });
  }
}

/** Each of `values` as an instance of `type`. @throws AppError `request.invalid` with the bad fields of all of them */
export function validatedEach<T extends object>(
  type: Constructor<T>,
  values: readonly unknown[],
  pointer: string,
): T[] {
  const errors: FieldError[] = [];
  const instances: T[] = [];
  for (const [at, value] of values.entries()) {
    try {
      instances.push(within(`${pointer}/${at}`, () => validated(type, value)));
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      errors.push(...(error.details.errors ?? []));
      if (errors.length >= MAX_FIELD_ERRORS) break;
    }
  }
  if (errors.length > 0) throw invalid(errors);
  return instances;
}

function errorsIn(instance: object, rules: CompiledRules): FieldError[] {
  const found = validateSync(instance, {
    whitelist: true,
    forbidNonWhitelisted: true,
    // A class without a single rule would be refused as unknown; what it is given is refused field by field.
    forbidUnknownValues: false,
    validationError: { target: false, value: false },
  });
  return found.flatMap((error) => itemErrors(error, instance, rules) ?? fieldErrors(error, ''));
}

/** The values of a list that are wrong, each by its place; undefined if that is not what is wrong, or not all. */
function itemErrors(
  { property, constraints = {} }: ValidationError,
  instance: object,
  { itemRules }: CompiledRules,
): FieldError[] | undefined {
  const values: unknown = Reflect.get(instance, property);
  const broken = itemRules.get(property)?.find(({ name }) => constraints[name] !== undefined);
  if (broken === undefined || !Array.isArray(values) || ARRAY_MAX_SIZE in constraints) return undefined;
  const detail = withoutName(constraints[broken.name] ?? '', property);
  return values.flatMap((value: unknown, at) =>
    broken.accepts(instance, value) ? [] : [{ pointer: `${pointerTo('', property)}/${at}`, detail }],
  );
}

function fromQuery({ countFields }: CompiledRules, field: string, text: unknown): unknown {
  const isCount = typeof text === 'string' && /^\d{1,15}$/.test(text) && countFields.has(field);
  return isCount ? Number(text) : text;
}

/**
 * A list that is refused for its size, up to the first value too many: a body of 1 MiB has a hundred thousand of them,
 * and class-validator would look at each, several times.
 */
function cut({ maxSizes }: CompiledRules, field: string, value: unknown): unknown {
  const most = maxSizes.get(field);
  return most !== undefined && Array.isArray(value) && value.length > most ? value.slice(0, most + 1) : value;
}

export function invalid(errors: readonly FieldError[]): AppError {
  const [first] = errors;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  const where = first?.pointer ? `${first.pointer} ` : 'The data ';
  return new AppError(requestErrors.invalid, `${where}${first?.detail ?? 'is invalid'}${more}.`, {
    errors: errors.slice(0, MAX_FIELD_ERRORS),
  });
}

function fieldErrors(error: ValidationError, parent: string): FieldError[] {
  const pointer = pointerTo(parent, error.property);
  const { constraints = {}, property } = error;
  // One a field; whoever sent no list hears nothing of what would be in it.
  const rule = FIRST_OF_ALL.find((name) => name in constraints) ?? Object.keys(constraints)[0];
  const message = constraints[rule ?? ''] ?? '';
  const detail = rule === 'whitelistValidation' ? UNKNOWN_FIELD : withoutName(message, property);
  const own = rule === undefined ? [] : [{ pointer, detail }];
  return [...own, ...(error.children ?? []).flatMap((child) => fieldErrors(child, pointer))];
}

export function pointerTo(parent: string, field: string): string {
  return `${parent}/${field.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** class-validator begins its messages with the property's name, which the pointer says already. */
function withoutName(message: string, property: string): string {
  return message.startsWith(`${property} `) ? message.slice(property.length + 1) : message;
}
