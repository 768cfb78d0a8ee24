import { isRuntime } from "../runtimes/names.ts";
import { answers, parseRequest } from "../runtimes/request.ts";
import { beginsVersion } from "../runtimes/versions.ts";

/**
 * Whether a package's version answers a request: `*` any, `7.88.*` whatever begins so and goes on with no letter or digit,
 * otherwise the very same text.
 */
export function pinAnswers(version: string, request: string): boolean {
  if (request === "*" || request === version) return true;
  return request.endsWith(".*") && beginsWith(version, request.slice(0, -2));
}

/**
 * Whether a runtime's version answers a request: one is always a beginning (`20` means `20.*`). Words such as `lts` say nothing that
 * could be compared with one version.
 */
export function runtimeAnswers(name: string, version: string, request: string): boolean {
  if (request === "*" || request === version) return true;
  if (!isRuntime(name)) return !/^\d/.test(request) || beginsVersion(request.replace(/\.\*$/, ""), version);
  const asked = parseRequest(name, request);
  return asked !== undefined && answers(version, asked);
}

function beginsWith(version: string, beginning: string): boolean {
  // An epoch that the request leaves out is no difference.
  const comparable = beginning.includes(":") ? version : version.replace(/^\d+:/, "");
  return comparable.startsWith(beginning) && !/^[A-Za-z0-9]/.test(comparable.slice(beginning.length));
}
