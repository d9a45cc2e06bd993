import {
  ARRAY_MAX_SIZE,
  getMetadataStorage,
  type ValidationArguments,
  ValidationTypes,
} from 'class-validator';
import { COUNT } from './rules.js';

type Check = (instance: Readonly<Record<string, unknown>>) => boolean;
type Condition = (instance: object, value: unknown) => boolean;
type Metadata = ReturnType<ReturnType<typeof getMetadataStorage>['getTargetValidationMetadatas']>[number];

/** A rule about each value of a list, by the name that class-validator has for it. */
export interface ItemRule {
  readonly name: string;
  readonly accepts: (instance: object, item: unknown) => boolean;
}

/** What class-validator's decorators say of a class, gathered once. */
export interface CompiledRules {
  /** The fields that have a rule; no other is known. */
  readonly fields: ReadonlySet<string>;
  /** Fields declared by `IsCount`: in a query, where all is text, their decimal digits are numbers. */
  readonly countFields: ReadonlySet<string>;
  /** How many values the list in a field may have, where `ArrayMaxSize` says so. */
  readonly maxSizes: ReadonlyMap<string, number>;
  /** Of fields that hold a list, the rules that are about each of its values. */
  readonly itemRules: ReadonlyMap<string, readonly ItemRule[]>;
  /** Whether a new instance has no field. */
  readonly beginsEmpty: boolean;
  /** Whether class-validator would find no error in an instance whose fields are all known; false if it is not sure. */
  readonly accepts: (instance: object) => boolean;
}

/** An object whose fields are read and written by name; `Reflect` does so in several times the time. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const compiled = new WeakMap<object, CompiledRules>();

/**
 * The rules of `type`. class-validator looks its metadata up and sorts it for every object again, which costs more
 * than the checks themselves; here that is done once. What it finds wrong is left to class-validator to describe.
 */
export function rulesOf(type: new () => object): CompiledRules {
  const known = compiled.get(type);
  if (known) return known;
  const metadatas = getMetadataStorage().getTargetValidationMetadatas(type, '', false, false);
  const rules = { ...compile(metadatas), beginsEmpty: Object.keys(new type()).length === 0 };
  compiled.set(type, rules);
  return rules;
}

function compile(metadatas: readonly Metadata[]): Omit<CompiledRules, 'beginsEmpty'> {
  const byField = Object.entries(getMetadataStorage().groupByPropertyName([...metadatas]));
  const checks = byField.map(([field, rules]) => checkOf(field, rules));
  return {
    fields: new Set(byField.map(([field]) => field)),
    countFields: new Set(metadatas.filter(({ name }) => name === COUNT).map((rule) => rule.propertyName)),
    maxSizes: new Map(
      metadatas
        .filter(({ name }) => name === ARRAY_MAX_SIZE)
        .map(({ propertyName, constraints }) => [propertyName, Number(constraints[0])]),
    ),
    itemRules: new Map(
      byField.map(([field, rules]) => [field, rules.filter(({ each }) => each).map(itemRuleOf)]),
    ),
    accepts: (instance) => isRecord(instance) && checks.every((check) => check(instance)),
  };
}

function checkOf(field: string, metadatas: readonly Metadata[]): Check {
  const conditions = metadatas
    .filter(({ type }) => type === ValidationTypes.CONDITIONAL_VALIDATION)
    .map(({ constraints }) => constraints[0] as Condition);
  const rules = metadatas.filter(({ type }) => type !== ValidationTypes.CONDITIONAL_VALIDATION).map(ruleOf);
  return (instance) => {
    const value = instance[field];
    return (
      !conditions.every((applies) => applies(instance, value)) || rules.every((rule) => rule(instance, value))
    );
  };
}

function itemRuleOf(metadata: Metadata): ItemRule {
  const accepts = ruleOf(metadata);
  // What is no list is looked at as a whole.
  return { name: metadata.name ?? '', accepts: (instance, item) => accepts(instance, [item]) };
}

/** Kinds of rules that no class here has are never accepted, so that class-validator itself decides on them. */
function ruleOf(metadata: Metadata): Condition {
  const { type, constraintCls, constraints, propertyName: property, each, validateIf } = metadata;
  if (type !== ValidationTypes.CUSTOM_VALIDATION || validateIf) return () => false;
  const found = getMetadataStorage().getTargetValidatorConstraints(constraintCls);
  if (found.some((constraint) => constraint.async)) return () => false;
  const validators = found.map(({ instance }) => instance);
  return (object, value) => {
    const args: ValidationArguments = { targetName: '', property, object, value, constraints };
    const isValid = (item: unknown) =>
      validators.every((validator) => validator.validate(item, args) === true);
    return each && Array.isArray(value) ? value.every(isValid) : isValid(value);
  };
}
