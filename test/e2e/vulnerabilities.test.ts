import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, test } from "vitest";
import { decodeStatus } from "../../schema/wire/status.ts";
import { debianAdvisory, debianRecord, writeOsvDump } from "../support/advisory-dumps.ts";
import { needs } from "../support/needs.ts";
import { createOmgLab, lockOf, type OmgLab } from "../support/omg-lab.ts";
import { expectRefusal, omgPath, words } from "../support/refusal.ts";

const HERE = needs("apt-utils", "gpg", "root");
const CRITICAL = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H";

/** What the lab's repository has holes in: omg-script below 1.1, omg-lib in every version. */
const RECORDS = [
  debianRecord("CVE-2026-1001", "omg-script", "1.1", { vector: CRITICAL }),
  debianRecord("CVE-2026-1002", "omg-script", "1.1", { urgency: "low" }),
  debianRecord("CVE-2026-1003", "omg-script", undefined, { urgency: "unimportant", vector: CRITICAL }),
  debianRecord("CVE-2026-1004", "omg-lib", undefined, { urgency: "medium" }),
  debianAdvisory("DSA-6001-1", "omg-script", "1.1", ["CVE-2026-1001", "CVE-2026-1002"]),
];

const recent = (records: readonly object[]) =>
  records.map((each) => ({ ...each, modified: new Date(Date.now() - 3_600_000).toISOString() }));

async function debianLab(): Promise<OmgLab> {
  const lab = await createOmgLab({ skipUpdate: true });
  await lab.apt.publish({ label: "Debian", version: "12.9" });
  await lab.apt.aptOk("update");
  lab.writeLock(lockOf({ "omg-script": "1.0" }));
  return lab;
}

const policy = (lab: OmgLab, text: string) => writeFileSync(join(lab.project, "policy.toml"), `version = 1\n${text}\n`);
const dump = (lab: OmgLab, records: readonly object[] = recent(RECORDS)) =>
  writeOsvDump(join(lab.project, "all.zip"), records);
const installed = async (lab: OmgLab, name: string) => (await lab.apt.installed()).get(name)?.version;

describe.runIf(HERE)("a version with a known hole", () => {
  let lab: OmgLab;
  beforeAll(async () => {
    lab = await debianLab();
    dump(lab);
    await lab.expect(0, "audit", "update", "--from", "all.zip");
  });
  afterAll(() => lab.dispose());
  afterEach(() => rmSync(join(lab.project, "policy.toml"), { force: true }));

  it("is refused by name, severity and cure, and leaves the machine as it is", async () => {
    policy(lab, '[vulnerabilities]\nmax-severity = "high"');
    const { stderr } = await expectRefusal(lab, {
      exit: 4,
      says: [
        "Policy refuses",
        "CVE-2026-1001",
        "critical, CVSS 9.8",
        "fixed in 1.1",
        "0 days ago",
        "policy.toml:3",
        "omg update omg-script",
      ],
    });
    expect(stderr).not.toContain("CVE-2026-1002");
    const plan = JSON.parse((await lab.omg(["plan", "--json"])).stdout);
    const [judgement] = plan.omg.verdict.judgements.filter(
      ({ address }: { address: string }) => address === "apt.omg-script",
    );
    expect(judgement.grade).toBe("risk");
    const evidence = judgement.evidence.find(({ check }: { check: string }) => check === "vulnerabilities");
    expect(evidence).toMatchObject({ verdict: "fail", code: "vulnerable", facts: { age: "0" } });
    expect(
      evidence.vulnerabilities.map(({ id, severity, fixed }: Record<string, string>) => [id, severity, fixed]),
    ).toEqual([
      ["CVE-2026-1001", "critical", "1.1"],
      ["CVE-2026-1002", "low", "1.1"],
      ["CVE-2026-1003", "none", undefined],
    ]);
    expect(evidence.vulnerabilities[0].aliases).toEqual(["DEBIAN-CVE-2026-1001", "DSA-6001-1"]);
  });

  it("is refused once for each hole", async () => {
    policy(lab, '[vulnerabilities]\nmax-severity = "none"');
    const plan = JSON.parse((await lab.omg(["plan", "--json"])).stdout);
    expect(plan.omg.verdict.violations.map(({ rule }: { rule: string }) => rule)).toEqual([
      "vulnerabilities.max-severity",
      "vulnerabilities.max-severity",
    ]);
  });

  it("is refused by a grade alone, unless the same policy says which holes may be", async () => {
    policy(lab, '[grade]\nminimum = "verified"');
    await expectRefusal(lab, { exit: 4, says: ["graded risk", "CVE-2026-1001"] });
    policy(lab, '[grade]\nminimum = "verified"\n[vulnerabilities]\nmax-severity = "critical"');
    expect((await lab.omg(["plan", "--detailed-exitcode"])).code).toBe(2);
  });

  it("is let through where only what has no fix is left, or a package or source may have it", async () => {
    lab.writeLock(lockOf({ "omg-lib": "1.1" }));
    policy(lab, '[vulnerabilities]\nmax-severity = "low"');
    await expectRefusal(lab, { exit: 4, says: ["CVE-2026-1004", "no fixed version", "Do without it"] });
    policy(lab, '[vulnerabilities]\nmax-severity = "low"\nunfixed = "ignore"');
    expect((await lab.omg(["plan", "--detailed-exitcode"])).code).toBe(2);
    policy(lab, '[vulnerabilities.packages."omg-l*"]\nmax-severity = "low"');
    await expectRefusal(lab, { exit: 4, says: ["vulnerabilities.packages.omg-l*.max-severity"] });
    policy(lab, '[vulnerabilities.sources.debian]\nmax-severity = "low"');
    await expectRefusal(lab, { exit: 4, says: ["vulnerabilities.sources.debian.max-severity"] });
    policy(lab, '[vulnerabilities.sources.other]\nmax-severity = "low"');
    expect((await lab.omg(["plan", "--detailed-exitcode"])).code).toBe(2);
    lab.writeLock(lockOf({ "omg-script": "1.0" }));
  });

  it("is let through by nobody's policy, and told; the fixed one passes", async () => {
    const { code, stdout } = await lab.omg(["plan", "--detailed-exitcode"]);
    expect(code).toBe(2);
    expect(words(stdout)).toContain(
      "Known vulnerabilities ! apt.omg-script It has 2 known vulnerabilities: CVE-2026-1001 (critical, fixed in 1.1)",
    );
    policy(lab, '[vulnerabilities]\nmax-severity = "none"');
    lab.writeLock(lockOf({ "omg-script": "1.1" }));
    await lab.expect(0, "apply", "--yes");
    expect(await installed(lab, "omg-script")).toBe("1.1");
    const records = JSON.parse(readFileSync(omgPath(lab, "data/artifacts.json"), "utf8")) as Record<
      string,
      { evidence: { check: string }[] }
    >;
    expect(records["apt.omg-script=1.1"]?.evidence.map(({ check }) => check)).toEqual(["checksum", "signature"]);
  });

  it("stays refused on the way back, by today's list and not by what was found then", async () => {
    policy(lab, '[vulnerabilities]\nmax-severity = "critical"');
    await lab.expect(0, "policy", "accept", "--yes");
    lab.writeLock(lockOf({ "omg-script": "1.0" }));
    await lab.expect(0, "apply", "--yes", "--allow-downgrades");
    lab.writeLock(lockOf({ "omg-script": "1.1" }));
    await lab.expect(0, "apply", "--yes");
    const [latest] = JSON.parse((await lab.expect(0, "history", "--json")).stdout).entries.filter(
      ({ current }: { current: boolean }) => current,
    );
    policy(lab, '[vulnerabilities]\nmax-severity = "high"');
    await expectRefusal(lab, {
      args: ["rollback", `system:${latest.number - 1}`, "--yes"],
      exit: 4,
      says: ["CVE-2026-1001"],
    });
  });

  it("is judged by a list whose age a policy can limit", async () => {
    const old = RECORDS.map((each) => ({ ...each, modified: "2026-01-01T00:00:00Z" }));
    dump(lab, old);
    await lab.expect(4, "audit", "update", "--from", "all.zip");
    await lab.expect(0, "audit", "update", "--from", "all.zip", "--force");
    policy(lab, "[vulnerabilities]\nmax-age = 7");
    lab.writeLock(lockOf({ "omg-epoch": "*" }));
    await expectRefusal(lab, { exit: 4, says: ["vulnerabilities.max-age", "of 2026-01-01", "omg audit update"] });
  });
});

describe.runIf(HERE)("where nothing is known", () => {
  let lab: OmgLab;
  let server: Server;
  let answer: (path: string, body: string, response: ServerResponse) => void;
  let asked: { readonly path: string; readonly body: string }[];
  let url: string;
  beforeAll(async () => {
    lab = await debianLab();
    server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => {
        body += chunk.toString();
      });
      request.on("end", () => {
        asked.push({ path: request.url ?? "", body });
        answer(request.url ?? "", body, response);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await lab.dispose();
  });
  beforeEach(() => {
    asked = [];
    rmSync(omgPath(lab, "data/advisories"), { recursive: true, force: true });
    rmSync(omgPath(lab, "cache/osv"), { recursive: true, force: true });
    rmSync(omgPath(lab, "config/config.toml"), { force: true });
    rmSync(join(lab.project, "policy.toml"), { force: true });
  });
  const config = (text: string) => {
    execFileSync("mkdir", ["-p", omgPath(lab, "config")]);
    writeFileSync(omgPath(lab, "config/config.toml"), text);
  };
  const online = () => config(`[advisories]\nonline = true\napi = "${url}"\n`);
  const record = (id: string) => RECORDS.find((each) => (each as { id: string }).id === id);

  it("a plan without a rule asks nobody and says nothing", async () => {
    online();
    const plan = JSON.parse((await lab.expect(0, "plan", "--json")).stdout);
    const checks = plan.omg.verdict.judgements.flatMap(({ evidence }: { evidence: { check: string }[] }) =>
      evidence.map(({ check }) => check),
    );
    expect(checks).not.toContain("vulnerabilities");
    expect(asked).toEqual([]);
  });

  it("no list is here: refused, unless the policy lets the unknown be", async () => {
    policy(lab, '[vulnerabilities]\nmax-severity = "high"');
    await expectRefusal(lab, {
      exit: 4,
      says: ["are not known", "no database about the vulnerabilities of Debian:12", "omg audit update"],
    });
    policy(lab, '[vulnerabilities]\nmax-severity = "high"\nunknown = "allow"');
    expect((await lab.omg(["plan", "--detailed-exitcode"])).code).toBe(2);
    expect(asked).toEqual([]);
  });

  it("no list is about what comes from there", async () => {
    await lab.apt.publish({ label: "Somebody" });
    await lab.apt.aptOk("update", "--allow-releaseinfo-change");
    online();
    policy(lab, '[vulnerabilities]\nmax-severity = "high"');
    await expectRefusal(lab, { exit: 4, says: ["No list of vulnerabilities is about what comes from its source"] });
    expect(asked).toEqual([]);
    await lab.apt.publish({ label: "Debian", version: "12.9" });
    await lab.apt.aptOk("update", "--allow-releaseinfo-change");
  });

  it("a server is asked, page by page, once", async () => {
    online();
    policy(lab, '[vulnerabilities]\nmax-severity = "high"');
    answer = (path, body, response) => {
      if (path.startsWith("/v1/vulns/"))
        return void response.end(JSON.stringify(record(path.slice("/v1/vulns/".length))));
      const { queries } = JSON.parse(body) as { queries: { page_token?: string; package: { name: string } }[] };
      const results = queries.map(({ page_token: page }) =>
        page === undefined
          ? { next_page_token: "2" }
          : { vulns: [{ id: "DEBIAN-CVE-2026-1001", modified: "2026-11-20T00:00:00Z" }] },
      );
      response.end(JSON.stringify({ results }));
    };
    await expectRefusal(lab, { exit: 4, says: ["CVE-2026-1001", "fixed in 1.1"] });
    expect(asked.map(({ path }) => path)).toEqual([
      "/v1/querybatch",
      "/v1/querybatch",
      "/v1/vulns/DEBIAN-CVE-2026-1001",
    ]);
    expect(JSON.parse(asked[0]?.body ?? "")).toEqual({
      queries: [{ package: { name: "omg-script", ecosystem: "Debian:12" }, version: "1.0" }],
    });
    asked = [];
    expect((await lab.omg(["plan"])).code).toBe(4);
    expect(asked).toEqual([]);
  });

  test.each<[string, (response: ServerResponse) => void, RegExp]>([
    ["is down", (response) => void response.destroy(), /connection/],
    [
      "says 429 and to come back tomorrow",
      (response) => void response.writeHead(429, { "retry-after": "86400" }).end(),
      /429/,
    ],
    ["says 500", (response) => void response.writeHead(500).end(), /500/],
    ["answers with a page", (response) => void response.end("<html>"), /no JSON/],
    ["answers something else", (response) => void response.end('{"results":[]}'), /did not answer each/],
    ["names nothing", (response) => void response.end('{"results":[{"vulns":[{}]}]}'), /without a name/],
  ])("a server that %s: not known, with its address; policy decides", async (_, act, reason) => {
    online();
    answer = (__, ___, response) => act(response);
    policy(lab, '[vulnerabilities]\nmax-severity = "high"');
    await expectRefusal(lab, {
      exit: 4,
      says: ["Vulnerabilities of omg-script 1.0 from debian are not known", url, reason],
    });
    policy(lab, '[vulnerabilities]\nmax-severity = "high"\nunknown = "allow"');
    expect((await lab.omg(["plan", "--detailed-exitcode"])).code).toBe(2);
  });

  it("a server that fails leaves the word to the list on the disk", async () => {
    dump(lab);
    await lab.expect(0, "audit", "update", "--from", "all.zip");
    online();
    answer = (_, __, response) => void response.writeHead(404).end();
    policy(lab, '[vulnerabilities]\nmax-severity = "high"');
    await expectRefusal(lab, { exit: 4, says: ["CVE-2026-1001", "The list is of"] });
  });

  it("the list's own server fails: the update says so, and what was here stays", async () => {
    config(`[advisories]\nosv = "${url}/"\n`);
    answer = (_, __, response) => void response.writeHead(404).end();
    const { stderr } = await lab.expect(8, "audit", "update");
    expect(words(stderr)).toContain(`could not be had from ${url}/Debian/all.zip: the server answered 404`);
    answer = (_, __, response) => void response.end(readFileSync(dump(lab)));
    const updated = JSON.parse((await lab.expect(0, "audit", "update", "--json")).stdout);
    expect(updated.lists).toMatchObject([{ ecosystem: "Debian", outcome: "updated", records: 5, unreadable: 0 }]);
    answer = (_, __, response) => void response.end("<html>");
    await lab.expect(1, "audit", "update");
    policy(lab, '[vulnerabilities]\nmax-severity = "high"');
    await expectRefusal(lab, { exit: 4, says: ["CVE-2026-1001"] });
  });
});

describe.runIf(HERE)("omg audit scan", () => {
  let lab: OmgLab;
  beforeAll(async () => {
    lab = await debianLab();
    lab.writeLock(lockOf({ "omg-script": "1.0", "omg-lib": "1.0", "omg-base": "1.0" }));
    await lab.expect(0, "apply", "--yes");
  });
  afterAll(() => lab.dispose());
  const vulnerabilities = () => decodeStatus(readFileSync(omgPath(lab, "runtime/omg.status")))?.vulnerabilities;

  it("without a list says what to do, and counts nothing as nothing", async () => {
    const { stdout } = await lab.expect(8, "audit", "scan");
    expect(words(stdout)).toContain("no database about the vulnerabilities of Debian:12");
    expect(stdout).toContain("omg audit update");
    expect(stdout).not.toContain("No known vulnerability");
    expect(vulnerabilities()).toBeUndefined();
  });

  it("shows each hole with its cure, by source package", async () => {
    dump(lab);
    await lab.expect(0, "audit", "update", "--from", "all.zip");
    const { stdout } = await lab.expect(0, "audit", "scan");
    expect(stdout).toMatch(/^omg-script 1\.0 · 1\.1 is offered$/m);
    expect(stdout).toMatch(/critical 9\.8 +CVE-2026-1001 +fixed in 1\.1/);
    expect(stdout).toMatch(/low +CVE-2026-1002 +fixed in 1\.1$/m);
    expect(stdout).toMatch(/medium +CVE-2026-1004 +no fix yet$/m);
    expect(stdout).not.toContain("CVE-2026-1003");
    expect(words(stdout)).toContain(
      "3 vulnerabilities known (1 critical, 1 medium, 1 low), 1 unimportant in 3 source packages.",
    );
    expect((await lab.expect(0, "audit", "scan", "-v")).stdout).toContain("CVE-2026-1003");
  });

  it("is told by omg outdated where the newer version is without it", async () => {
    const { stdout } = await lab.expect(0, "outdated");
    expect(stdout).toMatch(/omg-script +1\.0 +1\.1 .*fixes CVE-2026-1001 and 1 more/);
    const { packages } = JSON.parse((await lab.expect(0, "outdated", "--json")).stdout);
    const fixes = packages.flatMap(({ name, fixes }: { name: string; fixes?: string[] }) =>
      fixes ? [[name, fixes]] : [],
    );
    expect(fixes).toEqual([["omg-script", ["CVE-2026-1001", "CVE-2026-1002"]]]);
  });

  it("is told by omg info, too", async () => {
    const { stdout } = await lab.expect(0, "info", "omg-script");
    expect(words(stdout)).toContain(
      "Vulnerable CVE-2026-1001 (critical, fixed in 1.1), CVE-2026-1002 (low, fixed in 1.1), by a list of",
    );
    expect((await lab.expect(0, "info", "omg-base")).stdout).toMatch(/Vulnerable +nothing is known, by a list of/);
  });

  it("puts their number into the status, for as long as it is true", async () => {
    expect(vulnerabilities()).toBe(3);
    await lab.expect(0, "check");
    expect(vulnerabilities()).toBe(3);
    expect(JSON.parse((await lab.expect(0, "status", "--json")).stdout).vulnerabilities).toBe(3);
    lab.writeLock(lockOf({ "omg-script": "1.1", "omg-lib": "1.0", "omg-base": "1.0" }));
    await lab.expect(0, "apply", "--yes");
    expect(vulnerabilities()).toBeUndefined();
    await lab.expect(0, "audit", "scan");
    expect(vulnerabilities()).toBe(1);
    dump(lab, recent([...RECORDS, debianRecord("CVE-2026-1009", "omg-base", undefined)]));
    await lab.expect(0, "audit", "update", "--from", "all.zip");
    await lab.expect(0, "check");
    expect(vulnerabilities()).toBeUndefined();
  });

  it("ends with 4 where policy refuses what is here", async () => {
    policy(lab, '[vulnerabilities]\nmax-severity = "low"');
    const { stdout } = await lab.expect(4, "audit", "scan", "--severity", "medium");
    expect(stdout).toMatch(/CVE-2026-1004 .*refused by policy/);
    const json = JSON.parse((await lab.expect(4, "audit", "scan", "--json")).stdout);
    const refused = json.violations.map(({ rule, ids }: { rule: string; ids: string[] }) => `${rule} ${ids}`);
    expect(refused.sort()).toEqual([
      "vulnerabilities.max-severity CVE-2026-1004",
      "vulnerabilities.max-severity CVE-2026-1009",
    ]);
    expect(json.counts).toEqual({ none: 1, low: 0, medium: 1, high: 0, critical: 0, unknown: 1 });
    rmSync(join(lab.project, "policy.toml"));
  });

  it("writes SARIF", async () => {
    const { stdout } = await lab.expect(0, "audit", "scan", "--format", "sarif");
    const { version, runs } = JSON.parse(stdout);
    expect(version).toBe("2.1.0");
    expect(runs[0].tool.driver.rules.map(({ id }: { id: string }) => id)).toEqual([
      "omg/CVE-2026-1003",
      "omg/CVE-2026-1004",
      "omg/CVE-2026-1009",
    ]);
    expect(runs[0].results).toHaveLength(3);
    expect(
      runs[0].results.every(
        ({ ruleIndex, ruleId }: { ruleIndex: number; ruleId: string }) =>
          runs[0].tool.driver.rules[ruleIndex].id === ruleId,
      ),
    ).toBe(true);
  });
});
