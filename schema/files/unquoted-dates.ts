import { type Diagnostic, diagnostic } from "./diagnostics.ts";
import type { LockDocument } from "./lock-document.ts";
import { PACKAGE_SECTIONS, type UserDocument } from "./lock-schema.ts";

const DATE = /^\d{4}-\d\d?-\d\d?(?:$|T)/;

/** Versions that YAML 1.1 readers take for dates: omg reads them as text, other tools that read the lock would not. */
export function unquotedDates({ source, located, data }: LockDocument<UserDocument>): Diagnostic[] {
  return versionsOf(data).flatMap(([path, version]) => {
    if (!DATE.test(version) || located.literal(path) === undefined) return [];
    const message = `text belongs here, and without quotes many readers of YAML take ${version} for a date`;
    return [diagnostic(source, located.valueOffset(path), message, `write "${version}"`)];
  });
}

function versionsOf(data: UserDocument): [readonly string[], string][] {
  const packages = PACKAGE_SECTIONS.flatMap((section) =>
    Object.entries(data[section]?.packages ?? {}).map(([name, request]): [readonly string[], string] => {
      const path = [section, "packages", name];
      return typeof request === "string" ? [path, request] : [[...path, "version"], request.version ?? ""];
    }),
  );
  const runtimes = Object.entries(data.runtimes ?? {});
  return [
    ...packages,
    ...runtimes.map(([name, version]): [readonly string[], string] => [["runtimes", name], version]),
  ];
}
