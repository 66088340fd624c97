import { problem } from './block-kit-rules.js';
import type { ObjectShape, Shape } from './block-kit-shapes.js';
import { type Fields, isFields } from './json.js';

/** Everything wrong with a value of a shape, each with a JSON pointer starting with `at`. */
export function shapeProblems(shape: Shape, value: unknown, at: string): readonly string[] {
  switch (shape.is) {
    case 'text':
      return textProblems(shape, value, at);
    case 'choice':
      return choiceProblems(shape.values, value, at);
    case 'integer':
      return integerProblems(shape, value, at);
    case 'number':
      return typeof value === 'number' ? [] : [problem('must provide a number', at)];
    case 'boolean':
      return typeof value === 'boolean' ? [] : [problem('must provide a boolean', at)];
    case 'list':
      return listProblems(shape, value, at);
    case 'object':
      return isFields(value)
        ? fieldProblems(shape.shape, value, at)
        : [problem('must provide an object', at)];
    case 'typed':
      return typedProblems(shape, value, at);
    case 'nullable':
      return value === null ? [] : shapeProblems(shape.of, value, at);
  }
}

function textProblems(
  { min, max, format }: Extract<Shape, { is: 'text' }>,
  value: unknown,
  at: string,
): readonly string[] {
  if (typeof value !== 'string') return [problem('must provide a string', at)];
  if (value.length < min) return [problem(`must be more than ${min - 1} characters`, at)];
  if (value.length > max) return [problem(`must be less than ${max + 1} characters`, at)];
  return format === undefined || format.matches(value) ? [] : [problem(format.problem, at)];
}

function choiceProblems(values: readonly unknown[], value: unknown, at: string): readonly string[] {
  if (values.includes(value)) return [];
  if (typeof values[0] === 'string' && typeof value !== 'string')
    return [problem('must provide a string', at)];
  return [problem('must be a valid enum value', at)];
}

function integerProblems(
  { min, max }: { readonly min: number; readonly max: number },
  value: unknown,
  at: string,
): readonly string[] {
  if (typeof value !== 'number' || !Number.isInteger(value)) return [problem('must provide an integer', at)];
  if (value < min) return [problem(`must be greater than or equal to ${min}`, at)];
  return value > max ? [problem(`must be less than or equal to ${max}`, at)] : [];
}

function listProblems(
  { of, min, max }: Extract<Shape, { is: 'list' }>,
  value: unknown,
  at: string,
): readonly string[] {
  if (!Array.isArray(value)) return [problem('must provide an array', at)];
  if (value.length < min) return [problem(`no fewer than ${min} items allowed`, at)];
  if (value.length > max) return [problem(`no more than ${max} items allowed`, at)];
  return value.flatMap((each: unknown, index) => shapeProblems(of, each, `${at}/${index}`));
}

function typedProblems(
  { types, strange }: Extract<Shape, { is: 'typed' }>,
  value: unknown,
  at: string,
): readonly string[] {
  if (!isFields(value)) return [problem('must provide an object', at)];
  const { type, ...fields } = value;
  if (type === undefined) return [problem('missing required field: type', at)];
  if (typeof type !== 'string') return [problem('must provide a string', `${at}/type`)];
  const shape = Object.hasOwn(types, type) ? types[type] : undefined;
  if (shape !== undefined) return fieldProblems(shape, fields, at);
  const message = strange === 'enum' ? 'must be a valid enum value' : `unsupported type: ${type}`;
  return [problem(message, `${at}/type`)];
}

function fieldProblems(shape: ObjectShape, value: Fields, at: string): readonly string[] {
  const { required = {}, optional = {}, rules = [] } = shape;
  const shapes: Readonly<Record<string, Shape>> = { ...optional, ...required };
  const present = Object.entries(value).filter(([, each]) => each !== undefined);
  const missing = Object.keys(required).filter((name) => value[name] === undefined);
  return [
    ...missing.map((name) => problem(`missing required field: ${name}`, at)),
    ...present.flatMap(([name, each]) => {
      const field = Object.hasOwn(shapes, name) ? shapes[name] : undefined;
      if (field === undefined) return [problem(`invalid additional property: ${name}`, at)];
      return shapeProblems(field, each, `${at}/${name}`);
    }),
    ...rules.flatMap((rule) => rule(value, at)),
  ];
}
