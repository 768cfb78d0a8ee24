import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { zipOf } from "./zip-writer.ts";

// Dumps in the true formats of OSV and of the Arch security tracker, made up: no list of today's is part of this repository.

/** A record as OSV's Debian dump has it: one CVE, one source package, one or more releases. */
export function debianRecord(
  cve: string,
  source: string,
  fixed: string | undefined,
  more: {
    readonly releases?: readonly string[];
    readonly urgency?: string;
    readonly vector?: string;
    readonly versions?: readonly string[];
    readonly modified?: string;
    readonly withdrawn?: string;
  } = {},
): object {
  const { releases = ["12"], urgency = "not yet assigned", vector, versions, modified, withdrawn } = more;
  return {
    schema_version: "1.7.0",
    id: `DEBIAN-${cve}`,
    published: "2026-01-02T03:04:05Z",
    modified: modified ?? "2026-11-20T10:00:00.123456Z",
    ...(withdrawn === undefined ? {} : { withdrawn }),
    upstream: [cve],
    details: `Something in ${source} goes wrong in a way that nobody expected, and somebody far away can make it happen.`,
    ...(vector === undefined ? {} : { severity: [{ type: "CVSS_V3", score: vector }] }),
    affected: releases.map((release) => ({
      package: { ecosystem: `Debian:${release}`, name: source, purl: `pkg:deb/debian/${source}?arch=source` },
      ranges: [{ type: "ECOSYSTEM", events: [{ introduced: "0" }, ...(fixed === undefined ? [] : [{ fixed }])] }],
      ...(versions === undefined ? {} : { versions }),
      ecosystem_specific: { urgency },
      database_specific: { source: `https://storage.example/debian-cve-osv/DEBIAN-${cve}.json` },
    })),
    references: [{ type: "ADVISORY", url: `https://security-tracker.example/tracker/${cve}` }],
  };
}

/** An advisory that brought fixes for several CVEs, as the same dump has it. */
export function debianAdvisory(id: string, source: string, fixed: string, cves: readonly string[]): object {
  return {
    id,
    modified: "2026-11-19T00:00:00Z",
    published: "2026-11-18T00:00:00Z",
    upstream: cves,
    summary: `${source} - security update`,
    affected: [
      {
        package: { ecosystem: "Debian:12", name: source },
        ranges: [{ type: "ECOSYSTEM", events: [{ introduced: "0" }, { fixed }] }],
        ecosystem_specific: {},
      },
    ],
  };
}

export function archGroup(
  id: number,
  packages: readonly string[],
  more: Readonly<Record<string, unknown>> = {},
): object {
  return {
    name: `AVG-${id}`,
    packages,
    status: "Vulnerable",
    severity: "High",
    type: "arbitrary code execution",
    affected: "1.0-1",
    fixed: null,
    ticket: null,
    issues: [`CVE-2026-${10_000 + id}`],
    advisories: [],
    ...more,
  };
}

/** `all.zip` of one ecosystem. */
export function writeOsvDump(path: string, records: readonly object[]): string {
  mkdirSync(dirname(path), { recursive: true });
  const files = records.map(
    (record) => [`${(record as { id?: string }).id ?? "x"}.json`, JSON.stringify(record)] as const,
  );
  writeFileSync(path, zipOf(files));
  return path;
}

export function writeTrackerDump(path: string, groups: readonly object[]): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify(groups));
  return path;
}
