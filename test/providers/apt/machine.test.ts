import { execFileSync } from "node:child_process";
import { beforeAll, describe, expect, test } from "vitest";
import { compareDebianVersions } from "../../../host/debian-version.ts";
import { type AptConfig, readAptConfig } from "../../../providers/apt/machine/config.ts";
import { observedFrom, readAptState } from "../../../providers/apt/machine/observe.ts";
import { protectionOf } from "../../../providers/apt/machine/protection.ts";
import { candidatesOf } from "../../../providers/apt/offers/candidates.ts";
import { readPreferences } from "../../../providers/apt/offers/preferences.ts";
import { surveyOf, upgradable } from "../../../providers/apt/offers/survey.ts";
import { openLists } from "../../../providers/apt/sources/lists.ts";
import { readTargets } from "../../../providers/apt/sources/targets.ts";
import { upgradableByApt } from "../../support/apt-list.ts";

const tool = (file: string, ...args: string[]) =>
  execFileSync(file, args, {
    env: { PATH: "/usr/bin:/bin", LC_ALL: "C" },
    encoding: "utf8",
    maxBuffer: 64 << 20,
    stdio: ["ignore", "pipe", "ignore"],
  });
const lines = (text: string) => text.split("\n").filter(Boolean);

// The machine that the tests run on, whatever it holds: everything is compared with what dpkg and apt say of it.
describe("this machine", () => {
  let config: AptConfig;
  beforeAll(async () => {
    config = await readAptConfig();
  });
  const observe = () => {
    const state = readAptState(config);
    return { state, observed: observedFrom(state, protectionOf(config)) };
  };

  test("every package, version, architecture and state is what dpkg-query says", () => {
    const { state } = observe();
    const fields = [
      "binary:Package",
      "Architecture",
      "Version",
      "Status",
      "source:Package",
      "source:Version",
      "Essential",
    ];
    const format = `${fields.map((field) => `\${${field}}`).join("\\t")}\\n`;
    const real = lines(tool("dpkg-query", "-W", "-f", format)).filter((line) => !line.includes(" not-installed\t"));
    const ours = [...state.packages.values()].map((found) => {
      const qualified =
        found.multiArch === "same" || (found.arch !== "all" && found.arch !== config.architecture)
          ? `${found.name}:${found.arch}`
          : found.name;
      const status = `${found.want} ${found.reinstallRequired ? "reinstreq" : "ok"} ${found.state}`;
      const essential = found.essential ? "yes" : "";
      return [qualified, found.arch, found.version, status, found.source, found.sourceVersion, essential].join("\t");
    });
    expect(real.length).toBeGreaterThan(50);
    expect(ours.sort()).toEqual(real.map((line) => line.replace(/\tno$/, "\t")).sort());
  });

  test("marks are what apt-mark says", () => {
    const { observed } = observe();
    const named = (test: (one: { requested: boolean; hold: unknown; health: string }) => boolean) =>
      [...observed.resources.values()]
        .filter(({ requested, attributes, health }) => test({ requested, hold: attributes.hold, health }))
        .map(({ name }) => name)
        .sort();
    const whole = ({ health }: { health: string }) => health !== "residual";
    expect(named((one) => one.requested)).toEqual(lines(tool("apt-mark", "showmanual")).sort());
    expect(named((one) => whole(one) && !one.requested)).toEqual(lines(tool("apt-mark", "showauto")).sort());
    expect(named((one) => one.hold === true)).toEqual(lines(tool("apt-mark", "showhold")).sort());
    expect(observed.counts.explicit).toBe(lines(tool("apt-mark", "showmanual")).length);
    expect(observed.counts.updates).toBeUndefined();
  });

  test("the lists and what their release files say are what apt-get indextargets prints", async () => {
    const format =
      "$(FILENAME) $(METAKEY) $(REPO_URI) $(COMPONENT) $(ARCHITECTURE) $(ORIGIN)/$(LABEL)/$(SUITE)/$(CODENAME)/$(VERSION)";
    const real = lines(tool("apt-get", "indextargets", "--format", format, "Identifier: Packages"));
    const ours = (await readTargets(config)).fetched.map((target) => {
      const facts = [target.origin, target.label, target.suite, target.codename, target.version].join("/");
      return [target.file, target.key, target.repoUri, target.component, target.arch, facts].join(" ");
    });
    expect(ours).toEqual(real);
  });

  test("what can be upgraded is what apt lists, and every listed version sorts as dpkg says", async () => {
    const { state } = observe();
    const lists = await openLists(config);
    const { unlisted, complete, updates } = surveyOf(state, lists);
    const candidates = candidatesOf({ lists, architecture: config.architecture }, readPreferences(config));
    const ours = upgradable(state, candidates)?.map(({ key, to }) => `${key} ${to}`);
    expect(ours?.sort()).toEqual(upgradableByApt({}));
    expect(updates).toBe(complete ? ours?.length : undefined);
    const obsolete = lines(tool("apt", "list", "?obsolete")).flatMap((line) => /^([^/\s]+)\//.exec(line)?.[1] ?? []);
    expect(unlisted.map((key) => key.replace(/:.*/, "")).sort()).toEqual(obsolete.sort());
    const versions = [
      ...new Set([...lists.keys()].flatMap((key) => lists.versionsOf(key)).map(({ version }) => version)),
    ];
    expect(versions.length).toBeGreaterThan(0);
    const sorted = versions.sort(compareDebianVersions);
    // Neighbours in our order, held against dpkg's own library in one process.
    const script =
      'use Dpkg::Version; my $last; while (<>) { chomp; if (defined $last && version_compare($last, $_) > 0) { print "$last $_\\n" } $last = $_ }';
    const wrong = execFileSync("perl", ["-e", script], {
      input: sorted.join("\n"),
      encoding: "utf8",
      maxBuffer: 64 << 20,
    });
    expect(wrong).toBe("");
  });
});
