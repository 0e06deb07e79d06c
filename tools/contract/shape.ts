// The schemas of src/contract as the generator reads them (src/contract/schema.ts makes them).

export interface Shape {
  title?: string;
  type?: string;
  tag?: string;
  anyOf?: Shape[];
  enum?: (string | number)[];
  const?: string;
  properties?: Record<string, Shape>;
  items?: Shape;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  multipleOf?: number;
  maxLength?: number;
  maxItems?: number;
}

/** The shape that may be null, where this is one of these. */
export function optionalOf(shape: Shape): Shape | undefined {
  return shape.anyOf && shape.tag === undefined ? shape.anyOf.find((one) => one.type !== 'null') : undefined;
}

export const isUnion = (shape: Shape): boolean => shape.anyOf !== undefined && shape.tag !== undefined;
export const isWords = (shape: Shape): boolean => typeof shape.enum?.[0] === 'string';
export const isNumbers = (shape: Shape): boolean => typeof shape.enum?.[0] === 'number';

/** What must be known of a shape, or the name of what lacks it. */
export function need<T>(value: T | undefined, what: string, shape: Shape): T {
  if (value === undefined) throw new Error(`A schema of src/contract lacks ${what}: ${JSON.stringify(shape)}`);
  return value;
}

/** Every object, union and set of words that has a name, each after what it is made of. */
export function named(roots: readonly Shape[]): Shape[] {
  const found = new Map<string, Shape>();
  const visit = (shape: Shape): void => {
    for (const part of [...(shape.anyOf ?? []), ...Object.values(shape.properties ?? {}), shape.items ?? []].flat())
      if (shape.title !== 'Failure') visit(part);
    const own = isUnion(shape) || isWords(shape) || shape.type === 'object';
    if (!own || shape.title === 'Failure') return;
    const title = need(shape.title, 'a title', shape);
    const known = found.get(title);
    if (known && JSON.stringify(known) !== JSON.stringify(shape)) throw new Error(`Two schemas are called ${title}`);
    found.set(title, shape);
  };
  for (const root of roots) visit(root);
  return [...found.values()];
}
