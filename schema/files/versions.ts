/**
 * Whether a pinned version answers a request of the same section: `*` any, `7.88.*` whatever begins so and goes on
 * with no letter or digit, otherwise the very same text. A runtime's request is always a beginning (`20` means `20.*`).
 */
export function pinAnswers(section: string, version: string, request: string): boolean {
  if (request === "*" || request === version) return true;
  if (request.endsWith(".*")) return beginsWith(version, request.slice(0, -2));
  // Words such as `lts` say nothing that could be compared.
  return section === "runtimes" && (!/^\d/.test(request) || beginsWith(version, request));
}

function beginsWith(version: string, beginning: string): boolean {
  // An epoch that the request leaves out is no difference.
  const comparable = beginning.includes(":") ? version : version.replace(/^\d+:/, "");
  return comparable.startsWith(beginning) && !/^[A-Za-z0-9]/.test(comparable.slice(beginning.length));
}
