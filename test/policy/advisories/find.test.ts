import { describe, expect, it } from "vitest";
import { advisoryOf, createCollection } from "../../../policy/advisories/collect.ts";
import { vulnerabilitiesOf } from "../../../policy/advisories/find.ts";
import type { Advisory } from "../../../policy/advisories/layout.ts";
import { readOsvRecord } from "../../../policy/osv/record.ts";
import { debianAdvisory, debianRecord } from "../../support/advisory-dumps.ts";

const CRITICAL = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H";

function found(records: readonly object[], version: string, ecosystem = "Debian:12") {
  const listing = (asked: string, name: string): Advisory[] =>
    records.flatMap((value) => {
      const record = readOsvRecord(value);
      const about = record?.affected.filter((each) => each.ecosystem === asked && each.name === name) ?? [];
      return about.flatMap((each) => (record === undefined ? [] : [advisoryOf(record, each, (text) => text)]));
    });
  return vulnerabilitiesOf({ ecosystem, name: "curl", version }, listing);
}

describe("the vulnerabilities of one version", () => {
  it("are named by their CVE, the worst first", () => {
    const records = [
      debianRecord("CVE-2026-1001", "curl", "2.0", { urgency: "low" }),
      debianRecord("CVE-2026-1002", "curl", undefined, { vector: CRITICAL }),
      debianRecord("CVE-2026-1003", "curl", "1.0"),
      debianRecord("CVE-2026-1004", "wget", undefined),
    ];
    expect(found(records, "1.5")).toEqual([
      {
        id: "CVE-2026-1002",
        aliases: ["DEBIAN-CVE-2026-1002"],
        severity: "critical",
        score: 9.8,
        urgency: "not yet assigned",
      },
      { id: "CVE-2026-1001", aliases: ["DEBIAN-CVE-2026-1001"], severity: "low", urgency: "low", fixed: "2.0" },
    ]);
  });

  it("are told once where an advisory is about them, too", () => {
    const records = [
      debianAdvisory("DSA-6000-1", "curl", "1.9-1", ["CVE-2026-1001", "CVE-2026-1002"]),
      debianRecord("CVE-2026-1001", "curl", undefined, { vector: CRITICAL }),
      debianRecord("CVE-2026-1002", "curl", "1.9-1", { urgency: "unimportant" }),
    ];
    expect(found(records, "1.5").map(({ id, aliases, severity, fixed }) => ({ id, aliases, severity, fixed }))).toEqual(
      [
        { id: "CVE-2026-1001", aliases: ["DEBIAN-CVE-2026-1001", "DSA-6000-1"], severity: "critical", fixed: "1.9-1" },
        { id: "CVE-2026-1002", aliases: ["DEBIAN-CVE-2026-1002", "DSA-6000-1"], severity: "none", fixed: "1.9-1" },
      ],
    );
  });

  it("keep an advisory that says more than the single records do", () => {
    const records = [
      debianAdvisory("DSA-6000-1", "curl", "1.9-1", ["CVE-2026-1001", "CVE-2026-1002"]),
      debianRecord("CVE-2026-1001", "curl", "1.9-1"),
    ];
    expect(found(records, "1.5").map(({ id }) => id)).toEqual(["CVE-2026-1001", "DSA-6000-1"]);
  });

  it("count where a record names no release, and not for another release", () => {
    const all = JSON.parse(
      JSON.stringify(debianRecord("CVE-2026-1001", "curl", "2.0")).replaceAll("Debian:12", "Debian"),
    );
    expect(found([all], "1.5")).toHaveLength(1);
    expect(found([debianRecord("CVE-2026-1001", "curl", "2.0", { releases: ["11"] })], "1.5")).toEqual([]);
  });

  it("count where the version cannot be read, and say so", () => {
    expect(found([debianRecord("CVE-2026-1001", "curl", "2.0")], "unreadable")).toMatchObject([
      { id: "CVE-2026-1001", unclear: true },
    ]);
  });
});

it("versions that the ranges name are not kept twice, and the others are", () => {
  const collection = createCollection();
  const record = readOsvRecord(debianRecord("CVE-2026-1001", "curl", "2.0", { versions: ["1.0", "1.1", "3.0"] }));
  if (record !== undefined) collection.add(record);
  const facts = { ecosystem: "Debian", date: "", fetched: "", from: "", sha256: "", records: 1, unreadable: 0 };
  const [, body] = collection.encode(facts);
  expect(JSON.parse(String(body))[0].versions).toEqual(["3.0"]);
});
