import { OmgError } from "../../../schema/error.ts";
import type { Examination, Finding, KeyUse } from "../../../schema/model/finding.ts";
import { busyWith } from "../machine/busy.ts";
import type { AptConfig } from "../machine/config.ts";
import { observedFrom, readAptState } from "../machine/observe.ts";
import { readSources } from "../sources/sources.ts";
import { type IndexTarget, readTargets } from "../sources/targets.ts";
import { listsFinding, newestRelease } from "./lists.ts";

/** What is wrong with dpkg, apt's locks, sources and lists. Reads files and asks apt for its indexes; changes nothing. */
export async function examine(config: AptConfig, now: Date): Promise<Examination> {
  const indexes = await indexesOf(config);
  const targets = "targets" in indexes ? indexes.targets : [];
  const newest = newestRelease(targets);
  const lists = "fault" in indexes ? indexes.fault : listsFinding(config, targets, indexes.unfetched, now);
  return {
    findings: [dpkg(config), locks(config), lists, ...sources(config)],
    keys: keysOf(targets),
    ...(newest === undefined ? {} : { newest }),
  };
}

function dpkg(config: AptConfig): Finding {
  try {
    const { interrupted } = observedFrom(readAptState(config), {});
    if (interrupted.length === 0) return { check: "dpkg", level: "ok", found: "No package is half done." };
    const busy = busyWith(config);
    if (busy !== undefined)
      return {
        check: "dpkg",
        level: "warn",
        found: `Packages are half done while ${busy} works.`,
        next: "Wait for it.",
      };
    return {
      check: "dpkg",
      level: "bad",
      found: `${interrupted.slice(0, 3).join("; ")}${interrupted.length > 3 ? `; and ${interrupted.length - 3} more` : ""}.`,
      next: "sudo dpkg --configure -a",
      remedy: "repair",
    };
  } catch (cause) {
    return faultOf("dpkg", cause, `Look at ${config.paths.status}; dpkg keeps older ones in /var/backups.`);
  }
}

function locks(config: AptConfig): Finding {
  const by = busyWith(config);
  if (by === undefined) return { check: "apt-locks", level: "ok", found: "Nobody else is changing packages." };
  return {
    check: "apt-locks",
    level: "warn",
    found: `${by} is changing packages or lists now.`,
    next: "Wait until it is done.",
  };
}

type Indexes =
  | { readonly targets: readonly IndexTarget[]; readonly unfetched: readonly string[] }
  | { readonly fault: Finding };

async function indexesOf(config: AptConfig): Promise<Indexes> {
  try {
    const { fetched, unfetched } = await readTargets(config);
    return { targets: fetched, unfetched };
  } catch (cause) {
    return { fault: faultOf("apt-lists", cause, "sudo apt-get update") };
  }
}

/** Sources that nobody's signature, or anybody's, vouches for. */
function sources(config: AptConfig): readonly Finding[] {
  try {
    const entries = readSources(config).filter(({ enabled, types }) => enabled && types.includes("deb"));
    const at = ({ file, line }: (typeof entries)[number]) => `${file}:${line}`;
    const blind = entries.filter(({ trusted }) => trusted === true).map(at);
    const unbound = entries.filter(({ trusted, signedBy }) => trusted !== true && signedBy.length === 0).map(at);
    return [
      blind.length > 0
        ? {
            check: "apt-sources",
            level: "warn",
            found: `Taken without any signature (trusted=yes): ${blind.join(", ")}.`,
            next: "Name the publisher's key with Signed-By instead.",
          }
        : unbound.length > 0
          ? {
              check: "apt-sources",
              level: "warn",
              found: `Without Signed-By, so that any key that apt trusts may vouch: ${unbound.join(", ")}.`,
              next: "Name the key of each source with Signed-By (sources.list(5)).",
            }
          : entries.length === 0
            ? {
                check: "apt-sources",
                level: "bad",
                found: "apt has no source that packages come from.",
                next: `Add one to ${config.paths.sourceParts} (sources.list(5)).`,
              }
            : { check: "apt-sources", level: "ok", found: "Every source is bound to its keys." },
    ];
  } catch (cause) {
    return [faultOf("apt-sources", cause, "Repair the file that it names.")];
  }
}

function keysOf(targets: readonly IndexTarget[]): readonly KeyUse[] {
  const uses = targets.map(({ sourceName, keyrings, keyBlock, fingerprints }) => ({
    source: sourceName,
    keyrings,
    ...(keyBlock === undefined ? {} : { keyBlock }),
    ...(fingerprints === undefined ? {} : { fingerprints }),
  }));
  return [
    ...new Map(uses.map((use) => [JSON.stringify([use.keyrings, use.keyBlock, use.fingerprints]), use])).values(),
  ];
}

function faultOf(check: string, cause: unknown, next: string): Finding {
  if (!(cause instanceof Error)) throw cause;
  const hint = cause instanceof OmgError ? cause.hint : undefined;
  return { check, level: "bad", found: cause.message, next: hint ?? next };
}
