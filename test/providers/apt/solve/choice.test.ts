import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parsePolicy } from "../../../../providers/apt/offers/offer-order.ts";
import type { Change } from "../../../../schema/model/change.ts";
import type { Provider } from "../../../../schema/model/provider.ts";
import { type AptLab, createAptLab, LAB_NEEDS } from "../../../support/apt-lab.ts";
import { createBench } from "../../../support/apt-run.ts";
import { UNIVERSE } from "../../../support/apt-universe.ts";
import { needs } from "../../../support/needs.ts";

describe.runIf(needs(...LAB_NEEDS))("the version that is chosen", () => {
  let lab: AptLab;
  let apt: Provider;
  beforeEach(async () => {
    const testing = { name: "omg-lib", version: "2.0", suite: "testing" };
    const rebuilt = { name: "omg-base", version: "1.0", suite: "testing", build: "another" };
    lab = await createAptLab({ packages: [...UNIVERSE, testing, rebuilt] });
    apt = createBench(lab).provider;
  }, 60_000);
  afterEach(() => lab.dispose());

  const records = { artifact: () => undefined, stored: () => false };

  async function chosen(name: string, rest: Partial<Change> = {}): Promise<string> {
    const fixed = {
      address: `apt.${name}`,
      provider: "apt",
      name,
      kind: "install",
      cause: "lock",
      before: null,
    } as const;
    const change: Change = { ...fixed, after: { auto: false }, request: "*", ...rest };
    const plan = await apt.resolve([change], await apt.observe(), {
      allowDowngrades: true,
      ownHolds: new Set(),
      records,
    });
    const [problem] = plan.problems;
    return problem?.code ?? plan.artifacts.map(({ version, sha256 }) => `${version} ${sha256}`).join();
  }

  /** The version that the real apt would take. */
  async function apts(name: string): Promise<string> {
    const shown = await lab.aptOk("-s", "-q", "install", `${name}:native`);
    return /^Inst \S+ \((\S+)/m.exec(shown)?.[1] ?? "none";
  }

  const prefer = (text: string) => writeFileSync(join(lab.root, "etc/apt/preferences"), text);
  const version = async (name: string, rest?: Partial<Change>) => (await chosen(name, rest)).split(" ")[0];

  test("without a pin, the version is the one that apt itself would take, whatever the preferences say", async () => {
    const record = (pin: string, priority: number) => `Package: omg-lib\nPin: ${pin}\nPin-Priority: ${priority}\n`;
    const worlds = [
      "",
      record("version 1.0", 900),
      record("release n=stable", 600),
      record("version 2.0", -1),
      record("release n=testing", 100),
    ];
    const answers: string[] = [];
    for (const text of worlds) {
      prefer(text);
      const answer = await version("omg-lib");
      expect(answer, text).toBe(await apts("omg-lib"));
      answers.push(answer ?? "");
    }
    expect(new Set(answers)).toEqual(new Set(["2.0", "1.0", "1.1"]));
  });

  test("preferences that are not understood are left to apt", async () => {
    prefer(
      "Package: omg-lib\nPin: version /^1\\.0$/\nPin-Priority: 900\n\nPackage: *  omg-app\nPin: release n=stable\nPin-Priority: 950\n",
    );
    expect(await version("omg-lib")).toBe(await apts("omg-lib"));
  });

  test("what the preferences forbid is taken only when its very version is asked for", async () => {
    prefer("Package: omg-lib\nPin: release *\nPin-Priority: -1\n");
    expect(await version("omg-lib")).toBe("no-such-version");
    expect(await version("omg-lib", { after: { version: "1.1" } })).toBe("1.1");
  });

  test("two builds of one version are told apart by their hash", async () => {
    const sums = ["stable", "testing"].map((suite) => lab.repo.deb("omg-base", "1.0", suite).sha256);
    expect(new Set(sums).size).toBe(2);
    for (const sha256 of sums)
      expect(await chosen("omg-base", { after: { version: "1.0" }, sha256 })).toBe(`1.0 ${sha256}`);
    expect(await chosen("omg-base", { after: { version: "1.0" }, sha256: "f".repeat(64) })).toBe("lock-index-disagree");
  });

  test("a source that is asked for is the only one that counts", async () => {
    expect(await version("omg-lib", { from: "omg" })).toBe("2.0");
    expect(await version("omg-lib", { from: "elsewhere" })).toBe("no-such-version");
  });

  test("reads the priorities out of apt's own table", () => {
    const output = [
      "libc6:i386:",
      "  Installed: 2.36-9",
      "  Version table:",
      " *** 2.36-9 990",
      "        500 http://mirror.example.org/debian bookworm/main i386 Packages",
      "     2.35-1~x -10 (phased 20%)",
      "curl:",
      "  Installed: (none)",
      "     1:7 1001",
    ].join("\n");
    expect(parsePolicy(output)).toEqual(
      new Map([
        [
          "libc6:i386",
          new Map([
            ["2.36-9", 990],
            ["2.35-1~x", -10],
          ]),
        ],
        ["curl", new Map([["1:7", 1001]])],
      ]),
    );
  });
});
