import { readIfPresent } from "../../host/files.ts";
import { OmgError } from "../../schema/error.ts";
import type { Observed, ObservedResource } from "../../schema/model/resource.ts";
import { FILE } from "./desired.ts";
import { parse, type Settings } from "./env-file.ts";

/** More than this is not read, and never written. */
export const MAX_BYTES = 1024 * 1024;

/**
 * The settings that the file holds, and the file.
 * @throws OmgError `shell-file-unreadable`: without the file nothing can be said about any setting, missing ones included.
 */
export function observe(file: string): Observed {
  const content = read(file);
  const resources = new Map<string, ObservedResource>();
  if (content !== undefined) {
    const { settings, faults } = parse(content.toString("utf8"));
    const lossy = !Buffer.from(content.toString("utf8")).equals(content);
    const reasons = lossy ? [...faults, "it is not UTF-8"] : faults;
    resources.set(FILE, fileResource(file, reasons));
    for (const [name, value] of settings) {
      resources.set(name, { name, health: "installed", attributes: { value }, requested: true });
    }
  }
  // The counts are those of packages, and there are none here.
  return { provider: "shell", resources, interrupted: [], counts: { total: 0, explicit: 0, orphans: 0, updates: 0 } };
}

/** The settings among what was observed. */
export function settingsOf(observed: Observed): Settings {
  const values = [...observed.resources.values()].flatMap(({ name, attributes }): [string, string][] =>
    typeof attributes.value === "string" ? [[name, attributes.value]] : [],
  );
  return new Map(values);
}

function fileResource(file: string, reasons: readonly string[]): ObservedResource {
  const resource = { name: FILE, attributes: {}, requested: false };
  if (reasons.length === 0) return { ...resource, health: "installed" };
  return { ...resource, health: "needs-repair", reason: `${file} was changed by hand: ${reasons.join("; ")}` };
}

function read(file: string): Buffer | undefined {
  try {
    return readIfPresent(file, MAX_BYTES);
  } catch (cause) {
    throw new OmgError({
      code: "shell-file-unreadable",
      exit: "unreachable",
      message: `${file} could not be read: ${cause instanceof Error ? cause.message : String(cause)}`,
      state: "Nothing is known about the variables and aliases that it sets, and nothing was changed.",
      hint: "Make it a readable file, or move it away: omg writes it anew.",
      cause,
    });
  }
}
