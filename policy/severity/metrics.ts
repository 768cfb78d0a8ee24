/** The metrics of a CVSS vector by their short names; undefined where the text is none, or names a metric twice. */
export function metricsIn(text: string): ReadonlyMap<string, string> | undefined {
  const found = new Map<string, string>();
  for (const piece of text.split("/")) {
    const [, name, value] = /^([A-Za-z]{1,3}):([A-Za-z]{1,6})$/.exec(piece) ?? [];
    if (name === undefined || value === undefined || found.has(name)) return undefined;
    found.set(name, value);
  }
  return found;
}

/** Weights of the values of each metric that a base score is made of. */
export type Weights = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** The weight of each of these metrics; undefined where one is missing or has a value that it does not know. */
export function weighed(
  metrics: ReadonlyMap<string, string>,
  weights: Weights,
): Readonly<Record<string, number>> | undefined {
  const found: Record<string, number> = {};
  for (const [name, values] of Object.entries(weights)) {
    const value = metrics.get(name);
    const weight = value === undefined || !Object.hasOwn(values, value) ? undefined : values[value];
    if (weight === undefined) return undefined;
    found[name] = weight;
  }
  return found;
}
