import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { decodeStatus } from "../../schema/wire/status.ts";
import { LAB_NEEDS } from "../support/apt-lab.ts";
import { createDaemonLab, type DaemonLab, isInForce, type Said } from "../support/daemon-omg-lab.ts";
import { GIT_NEEDS } from "../support/git-lab.ts";
import { needs } from "../support/needs.ts";
import { until } from "../support/until.ts";

const HERE = needs(...GIT_NEEDS, ...LAB_NEEDS, "apt-utils");

let lab: DaemonLab;
beforeEach(async () => {
  if (HERE) lab = await createDaemonLab();
});
afterEach(() => lab?.close());

const published = () => decodeStatus(readFileSync(lab.follow.place("runtime", "omg.status")));
const tells = async () => {
  const { tellings } = (await lab.follow.json(0, "daemon", "status")) as { readonly tellings: readonly Said[] };
  return tellings.find(({ about }) => about === "machine")?.text;
};
const isPublished = (state: string) => until(() => published()?.state === state, 60_000);
const inRoot = (name: string) => join(lab.machine.apt.root, name);

describe.runIf(HERE)("what omgd publishes", () => {
  it("is not known where drift is off and something changed, or where the look failed, and stays so", async () => {
    const commit = await lab.publish({ "omg-app": "2.0", "omg-eda": "1.0" });
    lab.configure({ drift: "off" });
    const omgd = lab.start();
    await omgd.hears(isInForce(commit));
    await lab.look(omgd);
    expect([published()?.state, await tells()]).toEqual(["in sync", "in sync"]);
    await lab.machine.apt.dpkg("--remove", "omg-app");
    await isPublished("unknown");
    expect(await tells()).toBe('not known: it changed, and config.toml says that drift is "off"');

    lab.configure({ drift: "report" });
    await isPublished("drifted");
    await lab.machine.expect(0, "apply", "--yes");
    await isPublished("in sync");
    await until(async () => (await tells()) === "in sync");
    const policy = lab.follow.place("config", "policy.toml");
    writeFileSync(policy, "version = [\n");
    await isPublished("unknown");
    expect(await tells()).toBe("not known: it could not be looked at");
    await lab.machine.apt.dpkg("--remove", "omg-app");
    const { timestamp = 0 } = published() ?? {};
    await until(() => (published()?.timestamp ?? 0) > timestamp + 5, 40_000);
    expect([published()?.state, await tells()]).toEqual(["unknown", "not known: it could not be looked at"]);
    rmSync(policy);
    await isPublished("drifted");
  });

  it("says at least every half minute that omg applies, as long as it does", async () => {
    writeFileSync(inRoot("etc/omg-slow"), "45\n");
    const commit = await lab.publish({ "omg-slow": "1.0" });
    const omgd = lab.start();
    await until(() => readFileSync(inRoot("var/log/omg-slow"), { encoding: "utf8", flag: "a+" }) !== "", 60_000);
    const stamps: number[] = [];
    while (!omgd.said.some(isInForce(commit))) {
      const { state, timestamp = 0 } = published() ?? {};
      if (state === "applying") stamps.push(Date.now() / 1000 - timestamp);
      else expect(omgd.said.some(isInForce(commit)) || state === "in sync").toBe(true);
      await new Promise((done) => setTimeout(done, 200));
    }
    expect(stamps.length).toBeGreaterThan(100);
    expect(Math.max(...stamps)).toBeLessThan(30);
    await isPublished("in sync");
  });
});
