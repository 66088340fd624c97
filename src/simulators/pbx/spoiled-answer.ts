import { isRecord, type Stored } from './model.js';
import type { Answer, Fault } from './types.js';

/** A good answer as a fault leaves it. */
export function spoiledAnswer(answer: Answer, fault: Fault): Answer {
  const spoiled = { ...answer, fault: fault.kind };
  const body = answer.body ?? '';
  switch (fault.kind) {
    case 'half-body':
      return { ...spoiled, cut: 'half' };
    case 'truncated-json':
      return { ...spoiled, body: body.slice(0, Math.floor(body.length / 2)) };
    case 'wrong-shape':
      return { ...spoiled, body: JSON.stringify(otherShape(parsed(body))) };
    case 'wrong-type':
      return { ...spoiled, body: withEach(body, fault, (name, value) => [[name, otherType(value)]]) };
    case 'missing-property':
      return { ...spoiled, body: withEach(body, fault, () => []) };
    default:
      return { ...spoiled, body: '' };
  }
}

/** An empty collection in the place of one thing, and one thing in the place of a collection. */
function otherShape(value: unknown): Stored {
  const context = isRecord(value) ? { '@odata.context': value['@odata.context'] } : {};
  return isCollection(value) ? { ...context, Id: 0 } : { ...context, value: [] };
}

type Spoil = (name: string, value: unknown) => readonly (readonly [string, unknown])[];

/** The JSON with the properties a fault is about spoiled, in each row where it is a collection. */
function withEach(body: string, { properties }: Fault, spoil: Spoil): string {
  const value = parsed(body);
  if (!isRecord(value)) return '';
  const spoiled = (entity: unknown): unknown => {
    if (!isRecord(entity)) return entity;
    const isMeant = (name: string): boolean =>
      !name.startsWith('@odata.') && (properties === undefined || properties.includes(name));
    return Object.fromEntries(
      Object.entries(entity).flatMap(([name, held]) => (isMeant(name) ? spoil(name, held) : [[name, held]])),
    );
  };
  return JSON.stringify(
    isCollection(value) ? { ...value, value: value['value'].map(spoiled) } : spoiled(value),
  );
}

function otherType(value: unknown): unknown {
  if (value === null) return [];
  if (typeof value === 'string') return value.length;
  if (Array.isArray(value)) return {};
  return JSON.stringify(value);
}

function isCollection(value: unknown): value is Stored & { readonly value: readonly unknown[] } {
  return isRecord(value) && Array.isArray(value['value']);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
