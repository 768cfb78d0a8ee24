// What YAML 1.2 or 1.1 readers may take for a number, a boolean, nothing, or a date.
const SPECIAL = /^(?:[-+.]?\d[\d_.,:eE+-]*|0[xob][\da-f_]+|[-+]?\.(?:inf|nan)|true|false|yes|no|on|off|y|n|null|~)$/i;
const PLAIN = /^[A-Za-z0-9_][A-Za-z0-9_.+/~@-]*(?::[A-Za-z0-9][A-Za-z0-9_.+/~@-]*)*$/;

/** A key or a value in plain style where every YAML reader takes it for that text, else in double quotes. */
export function yamlText(text: string): string {
  return PLAIN.test(text) && !SPECIAL.test(text) ? text : yamlQuoted(text);
}

/** In double quotes. YAML 1.2 takes every JSON string. */
export function yamlQuoted(text: string): string {
  const controls = /[\x7f-\x9f\u2028\u2029\ufeff\ufffd]/g;
  return JSON.stringify(text).replace(controls, (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** A map on one line; the values are YAML already. */
export function yamlFlow(entries: readonly (readonly [string, string])[]): string {
  if (entries.length === 0) return "{}";
  return `{ ${entries.map(([key, value]) => `${yamlText(key)}: ${value}`).join(", ")} }`;
}
